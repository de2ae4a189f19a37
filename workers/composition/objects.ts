// The part of the composition root that hands the objects what they are abstract in. They are there from an isolate's start: what few of their calls need is loaded by those.
import { AnomalyBook as AnomalyBookObject } from '../../durable-objects/anomaly-book.ts';
import { DividedProcessor } from '../../durable-objects/divided-processor.ts';
import { HealingBook as HealingBookObject } from '../../durable-objects/healing-book.ts';
import { HistoryDesk as HistoryDeskObject } from '../../durable-objects/history-desk.ts';
import { historyOf } from './kept-history.ts';
import { ModelBook as ModelBookObject } from '../../durable-objects/model-book.ts';
import { ProcessorShard as ProcessorShardObject } from '../../durable-objects/processor-shard.ts';
import { Registry as RegistryObject } from '../../durable-objects/registry.ts';
import { replicaOf } from './table-copies.ts';
import { RoutingBoard as RoutingBoardObject } from '../../durable-objects/routing-board.ts';
import { StreamReader as StreamReaderObject } from '../../durable-objects/stream-reader.ts';
import { TuningBook as TuningBookObject } from '../../durable-objects/tuning-book.ts';
import type { HistoryPort } from '../../src/ports/history-port.ts';
import type { LiveWriter } from '../../durable-objects/live-room.ts';
import type { ReplicaPort } from '../../src/ports/replica-port.ts';
import type { StreamWorld } from '../../src/flows/read-stream.ts';
import type { WebhookSource } from '../../src/domain/configuration/webhook-source.ts';

export { CredentialLedgers } from '../../durable-objects/credential-ledger.ts';
export { JobBook } from '../../durable-objects/job-book.ts';
export { PredictionBook } from '../../durable-objects/prediction-book.ts';
export { WebhookIntake } from '../../durable-objects/webhook-intake.ts';

export class AnomalyBook extends AnomalyBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class HistoryDesk extends HistoryDeskObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class ModelBook extends ModelBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class Processor extends DividedProcessor {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class ProcessorShard extends ProcessorShardObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class Registry extends RegistryObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class TuningBook extends TuningBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }
}

export class RoutingBoard extends RoutingBoardObject {
  protected override async liveWriter(): Promise<LiveWriter> {
    const { liveJson } = await import('../../src/http/schemas/live.ts');
    return (message) => JSON.stringify(liveJson(message));
  }

  readonly #replica = replicaOf(this.env);

  protected override replica(): ReplicaPort | null {
    return this.#replica;
  }
}

export class StreamReader extends StreamReaderObject {
  protected override async open(source: WebhookSource): Promise<StreamWorld | null> {
    const { openSource } = await import('./house.ts');
    return openSource(this.env, (work) => this.ctx.waitUntil(work), source);
  }
}

/** What has happened is looked at here: the book knows how long ago the last sweep was, whoever asks for one. */
export class HealingBook extends HealingBookObject {
  protected override history(): HistoryPort | null {
    return historyOf(this.env);
  }

  protected override async sweep(): Promise<boolean> {
    const { sweepOnEvent } = await import('./house.ts');
    return await sweepOnEvent(this.env);
  }
}
