import { isoTime } from '@afterpatch/core/bytes/time.ts';
import { counted } from '@afterpatch/core/export/figures.ts';
import { MARGIN, Page, toned } from '@afterpatch/core/export/page.ts';
import type { LoadedPack } from '@afterpatch/core/packs/pack-check.ts';

import { loadPackFolder } from './engine-door.ts';
import { EXIT } from './exit-code.ts';
import { builtInPacks, namedPack } from './pack-folder.ts';
import { pageOptions, write } from './terminal.ts';
import type { Shell } from './terminal.ts';

export interface PacksFlags {
  readonly color: boolean;
}

/** The built-in packs, one to a paragraph. */
export async function listPacks(flags: PacksFlags, shell: Shell): Promise<number> {
  const page = new Page(pageOptions(shell.out, shell, flags));
  for (const folder of builtInPacks().values()) {
    const pack = await loadPackFolder(folder);
    page.paragraph([toned('strong', pack.id), ` ${pack.version}`]);
    page.paragraph(pack.title, { indent: MARGIN });
    page.paragraph(toned('faint', sizeText(pack)), { indent: MARGIN });
    page.paragraph(toned('faint', pack.digest), { indent: MARGIN });
    page.blank();
  }
  await write(shell.out, page.text());
  return EXIT.done;
}

/** What one pack asks, what it needs, and by which rules. */
export async function showPack(name: string, flags: PacksFlags, shell: Shell): Promise<number> {
  const pack = await loadPackFolder(namedPack(name));
  const page = new Page(pageOptions(shell.out, shell, flags));
  page.paragraph([toned('strong', pack.id), ` ${pack.version}`]);
  page.paragraph(pack.title);
  page.paragraph(toned('faint', pack.digest));
  page.paragraph(
    `First possible exploitation ${isoTime(pack.firstExploitation).slice(0, 10)}, public since ${isoTime(pack.disclosed).slice(0, 10)}.`,
  );
  page.heading('VULNERABILITIES');
  for (const { cve, says } of pack.vulnerabilities) page.labelled(cve, says, LABEL);
  page.heading('QUESTIONS');
  for (const { claim, question } of pack.claims) page.labelled(claim, question, LABEL);
  page.heading('WHAT MUST HAVE BEEN SEEN BEFORE ANYTHING IS RULED OUT');
  for (const { id, title, why } of pack.mustSees) {
    page.labelled(id, title, LABEL);
    page.paragraph(toned('faint', why), { indent: MARGIN + LABEL });
  }
  page.heading('WHAT TO COLLECT');
  for (const { title, fetch } of [...pack.sources, ...pack.trees]) {
    page.paragraph([`${page.mark('bullet')} `, toned('strong', title)], { indent: MARGIN, hang: MARGIN + 2 });
    page.paragraph(fetch, { indent: MARGIN + 2 });
  }
  page.heading(`RULES: ${pack.rules.length}`);
  for (const { id, title, level, weight } of pack.rules) {
    page.labelled(level, [`${title} `, toned('faint', `${id}, ${weight}`)], LABEL);
  }
  if (pack.limits.length > 0) page.heading('LIMITS');
  for (const limit of pack.limits)
    page.paragraph([`${page.mark('bullet')} `, limit], { indent: MARGIN, hang: MARGIN + 2 });
  await write(shell.out, page.text());
  return EXIT.done;
}

/** Whether a folder is a pack that can be used; its faults are thrown as `PackErrors`. */
export async function checkPack(folder: string, shell: Shell): Promise<number> {
  const pack = await loadPackFolder(namedPack(folder));
  await write(shell.out, `${pack.id} ${pack.version}: ${sizeText(pack)}\n${pack.digest}\n`);
  return EXIT.done;
}

function sizeText(pack: LoadedPack): string {
  const { claims, rules, mustSees, updates } = pack;
  return [
    counted(claims.length, 'claim', 'claims'),
    counted(rules.length, 'rule', 'rules'),
    counted(mustSees.length, 'must-see', 'must-sees'),
    counted(updates.length, 'build', 'builds'),
  ].join(', ');
}

const LABEL = 18;
