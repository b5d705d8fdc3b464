import { detached } from '../../bytes/text.ts';

/** Whether somebody put a mask in the place of a whole value: `xxx`, `***`, `x.x.x.x`, `[REDACTED]`, `<cut>`, `[R]`. */
export function isMasked(value: string): boolean {
  const text = value.length > MASK_LIMIT ? '' : value.trim();
  return WHOLE_MASK.test(text) || BRACKETED.test(text);
}

/** Whether a value goes on where nobody can read it: its end is `…` or `...`. */
export function isCut(value: string): boolean {
  return value.endsWith('…') || value.endsWith('...') || value.endsWith('[...]');
}

/** Whether a value, or a part of it, was blotted out or cut. */
export function isLost(value: string): boolean {
  if (isCut(value) || isMasked(value)) return true;
  return (HAS_MASK.test(value) && value.search(INNER_MASK) >= 0) || /=[xX]{3,}(?=[;'&]|$)/.test(value);
}

/** Whether a line may hold such a value; most do not, and need not be cut to see it. */
export function mayLose(line: string): boolean {
  return MAY_LOSE.test(line);
}

/** Whether nothing is left of a value: only spaces, semicolons or the mark of a cut. */
export function isBlank(value: string): boolean {
  return value.length <= MASK_LIMIT && /^[\s;…]*$/.test(value.replace(/^\.{3,}$/, ''));
}

/** A value of an extract; a mask and the marks of an empty field are none. */
export function editedValue(value: string): string | undefined {
  return isBlank(value) || isMasked(value) ? undefined : detached(value);
}

/**
 * The value of a column that names a server in a cookie (`ServerInfo~host`, `Server~host~version`). What is not a valid
 * name there proves a forged request, so a mask must not look like one: it becomes the word `masked`. A value that is
 * masked or cut is handed out only if what is left of it cannot be part of a valid name.
 */
export function serverValue(value: string, isExtract: boolean): string | undefined {
  if (isExtract && (isBlank(value) || isMasked(value))) return undefined;
  const plain = HAS_MASK.test(value) ? value.replaceAll(INNER_MASK, 'masked') : value;
  const isWhole = plain === value && !(isExtract && isCut(value));
  return isWhole || isNoName(plain) ? detached(plain) : undefined;
}

function isNoName(cookie: string): boolean {
  const start = cookie.indexOf('~') + 1;
  return start > 0 && /[/\]@#?:\\]/.test(cookie.slice(start).replace(/[.…[\]]+$/, ''));
}

const MASK_LIMIT = 64;
const WHOLE_MASK =
  /^(?:[xX*#•█?_]{3,}|(?:[xX*]{1,3}[.:-]){1,7}[xX*]{1,3}|redacted|masked|removed|anonymi[sz]ed|n\/a)$/i;
const WORDS =
  'redacted|removed|cut|masked|hidden|anonymi[sz]ed|omitted|snip|snipped|deleted|r|x{1,16}|\\.{3}|…|geschwärzt|entfernt|gekürzt|supprimé|masqué|caviardé|eliminado|oculto|rimosso|削除|伏せ字|マスク';
const BRACKETED = new RegExp(`^[[<({]{1,2}\\s{0,2}(?:${WORDS})\\s{0,2}[\\])>}]{1,2}$`, 'i');
/** Cheap, because every row of a log is asked. */
const HAS_MASK = /[[<({][^\]>)}]{1,20}[\])>}]|\*{3}|█|•/;
const INNER_MASK = new RegExp(`[[<({]{1,2}\\s{0,2}(?:${WORDS})\\s{0,2}[\\])>}]{1,2}|\\*{3,}|[█•]+`, 'gi');
const MAY_LOSE = new RegExp(
  `[x*#•█?_]{3}|[x*][.:-][x*]|redacted|masked|removed|anonymi|n/a|…|\\.{3}|[[<({]\\s{0,2}(?:${WORDS})|[█•]`,
  'i',
);
