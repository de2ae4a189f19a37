// The Worker as tests run it: the real one, and beside its courier one with channels that a test hands in.
import { AlertCourier as AlertCourierObject } from '../../durable-objects/alert-courier.ts';
import { createNotificationSender } from '../../src/platform/notifications/notification-sender.ts';
import type { Channel } from '../../src/domain/notifications/channel.ts';

export {
  default,
  AlertCourier,
  AnomalyBook,
  CredentialLedgers,
  HealingBook,
  HistoryDesk,
  JobBook,
  ModelBook,
  PredictionBook,
  Processor,
  ProcessorShard,
  Registry,
  RoutingBoard,
  StreamReader,
  TuningBook,
  WebhookIntake,
} from '../../workers/index.ts';

export class TestCourier extends AlertCourierObject {
  protected override readonly source = {
    channels: async (): Promise<readonly Channel[]> => {
      const channels = this.ctx.storage.kv.get<readonly Channel[]>('test_channels');
      if (channels === undefined) throw new Error('the Registry is away');
      return channels;
    },
  };

  protected override readonly sender = createNotificationSender({
    allowLoopback: true,
    consoleUrl: null,
    timeoutMs: 3_000,
    clock: () => Date.now(),
  });
}
