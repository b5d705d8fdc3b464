/**
 * The cmdlet and its parameters out of the message of `MSExchange CmdletLogs`, which is `Cmdlet suceeded. Cmdlet %1,
 * parameters %2.` with the first two values of the event put in. Nothing else of the event is in the message.
 */
export function cmdletOf(message: string): readonly string[] | undefined {
  const head = /^\s{0,9}Cmdlet (?:suc{1,2}ee?ded|failed)\. Cmdlet ([A-Za-z][\w-]{0,127}), parameters? ?/.exec(message);
  if (head === null) return undefined;
  const rest = message.slice(head[0].length).trimEnd();
  return [head[1] ?? '', rest.endsWith('.') ? rest.slice(0, -1) : rest];
}

/**
 * The values out of a message of Sysmon, whose lines are `Name: value` by the names of the event's own fields. A value
 * with line ends in it can look like further fields: a name that comes more than once keeps all of its values.
 */
export function sysmonValues(message: string): readonly (readonly [string, string])[] {
  const pairs: [string, string][] = [];
  for (const line of message.slice(0, TEXT_LIMIT).split('\n').slice(1, LINES)) {
    const [, name, value] = /^([A-Za-z]{2,32}): ?(.*?)\r?$/.exec(line) ?? [];
    if (name !== undefined && value !== undefined) pairs.push([name, value]);
  }
  return pairs;
}

/** The `UtcTime` of a message of Sysmon, its own line near the begin. */
export function sysmonUtc(message: string): string | undefined {
  return /^UtcTime: (\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d{1,9})?)\r?$/m.exec(message.slice(0, 1024))?.[1];
}

const TEXT_LIMIT = 256 * 1024;
const LINES = 256;
