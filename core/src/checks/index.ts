import type { CheckFactory, ObserverFactory } from '../model/check.ts';
import { exchangeBuild } from './exchange-build.ts';
import { forgedAnchor } from './forged-anchor.ts';

/** Detections in code, by the name that packs call them by. */
export const CHECKS: ReadonlyMap<string, CheckFactory> = new Map([['forged-anchor', forgedAnchor]]);

/** Observers in code, by the name that packs call them by. */
export const OBSERVERS: ReadonlyMap<string, ObserverFactory> = new Map([['exchange-build', exchangeBuild]]);
