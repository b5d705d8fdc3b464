/** Only in workers, which `lib.dom` does not know. @see File API, section 6.5.1 */
declare class FileReaderSync {
  readAsArrayBuffer(blob: Blob): ArrayBuffer;
}

/** Of a worker: to the page that started it. */
declare function postMessage(message: unknown, transfer: Transferable[]): void;
