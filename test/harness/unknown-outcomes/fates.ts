// What really becomes of one attempt at the simulated processors, drawn from the seed and its id alone: nobody else can know it.
import { seeded } from '../seeded.ts';

export interface FateRates {
  /** Calls whose answer never reaches the merchant. */
  readonly timeouts: number;
  readonly errors: number;
  readonly notSent: number;
  readonly declines: number;
}

export interface Fate {
  /** `lost`: the call ends without an answer, whatever was done. `error`: nothing was charged, and that is said. */
  readonly answer: 'told' | 'error' | 'not_sent' | 'lost';
  /** `never`: the call did not arrive. */
  readonly truth: 'approved' | 'declined' | 'never';
  /** Only what is told at once is settled at once. */
  readonly settlesAfterMs: number;
  /** Questions after the attempt that get no answer before the first that does; Infinity: none ever does. */
  readonly mutedQuestions: number;
  /** Answers that still say pending when it is settled: what is asked is a copy that lags behind. */
  readonly pendingAnswers: number;
  /** `unheard`: done, and the first answer is lost. `refused`: captured already. */
  readonly voiding: 'done' | 'unheard' | 'refused';
  readonly webhooks: {
    readonly lost: boolean;
    readonly twice: boolean;
    /** What is pending is told after what is final. */
    readonly outOfOrder: boolean;
    readonly delayMs: number;
  };
}

/** Half of those that time out were really approved: payment-rules, T13. */
const APPROVED_OF_LOST = 0.5;
const DECLINED_OF_LOST = 0.2;
const MUTE = 0.12;
const LAGGING = 0.4;
const SETTLES_WITHIN_MS = 500;
const WEBHOOK_WITHIN_MS = 1_200;

export function fateOf(seed: number, transaction: string, rates: FateRates): Fate {
  const draw = seeded(hashOf(`${seed} ${transaction}`));
  const answer = answerOf(draw(), rates);
  const luck = draw();
  const truth =
    answer === 'told'
      ? luck < rates.declines
        ? 'declined'
        : 'approved'
      : answer === 'lost'
        ? lostTruthOf(luck)
        : 'never';
  const isMute = draw() < MUTE;
  const isLost = draw() < 0.4;
  const voidLuck = draw();
  return {
    answer,
    truth,
    settlesAfterMs: answer === 'lost' ? Math.floor(draw() * SETTLES_WITHIN_MS) : 0,
    mutedQuestions: isMute ? Infinity : Math.floor(draw() * 3),
    pendingAnswers: draw() < LAGGING ? 1 : 0,
    voiding: voidLuck < 0.5 ? 'done' : voidLuck < 0.75 ? 'unheard' : 'refused',
    webhooks: {
      // Who answers no question tells at least of money that was taken: nobody could ever know otherwise.
      lost: isLost && !(isMute && truth === 'approved'),
      twice: draw() < 0.4,
      outOfOrder: draw() < 0.5,
      delayMs: Math.floor(draw() * WEBHOOK_WITHIN_MS),
    },
  };
}

function answerOf(luck: number, { timeouts, errors, notSent }: FateRates): Fate['answer'] {
  if (luck < timeouts) return 'lost';
  if (luck < timeouts + errors) return 'error';
  return luck < timeouts + errors + notSent ? 'not_sent' : 'told';
}

function lostTruthOf(luck: number): Fate['truth'] {
  if (luck < APPROVED_OF_LOST) return 'approved';
  return luck < APPROVED_OF_LOST + DECLINED_OF_LOST ? 'declined' : 'never';
}

/** FNV-1a. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (const byte of Buffer.from(text)) hash = Math.imul(hash ^ byte, 0x01000193);
  return hash >>> 0;
}
