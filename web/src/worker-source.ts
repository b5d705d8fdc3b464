/**
 * Starts workers from the script that is part of this page. A worker from a Blob takes over the page's
 * Content-Security-Policy; one from a file of its own would come with whatever its server says, which may be nothing.
 */
export class WorkerSource {
  readonly #url: string;

  constructor(script: string) {
    const url = URL.createObjectURL(new Blob([script], { type: 'text/javascript' }));
    this.#url = trusted(url);
  }

  start(): Worker {
    return new Worker(this.#url);
  }
}

/**
 * The page requires Trusted Types, so that no text of evidence can become a script or markup. Its one policy lets through
 * one address, once; browsers without Trusted Types take the text.
 */
function trusted(url: string): string {
  const factory: unknown = Reflect.get(globalThis, 'trustedTypes');
  if (!isFactory(factory)) return url;
  return factory.createPolicy('worker', { createScriptURL: (text) => text }).createScriptURL(url);
}

interface PolicyFactory {
  createPolicy(
    name: string,
    rules: { createScriptURL: (text: string) => string },
  ): { createScriptURL(text: string): string };
}

function isFactory(value: unknown): value is PolicyFactory {
  return typeof value === 'object' && value !== null && 'createPolicy' in value;
}
