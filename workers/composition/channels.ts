// The part of the composition root that is about channels: how their secrets are opened, and how what is told leaves the house.
import { AlertCourier as AlertCourierObject } from '../../durable-objects/alert-courier.ts';
import { channelFaults } from '../../src/platform/notifications/channel-faults.ts';
import { createAlertCourierClient } from '../../durable-objects/alert-courier-client.ts';
import { createNotificationSender, SEND_TIMEOUT_MS } from '../../src/platform/notifications/notification-sender.ts';
import { createSecretBox } from '../../src/platform/secret-box.ts';
import { openChannel } from '../../src/flows/open-channel.ts';
import { registryStub } from '../../durable-objects/registry-client.ts';
import type { ChannelSource, NotificationPort } from '../../src/ports/notification-port.ts';
import type { SecretBox } from '../../src/ports/secret-box.ts';

export class AlertCourier extends AlertCourierObject {
  protected override readonly source: ChannelSource = {
    channels: async () => {
      const [stored, box] = [await registryStub(this.env).channels(), secretBoxOf(this.env)];
      return await Promise.all(stored.map(async (channel) => await openChannel(box, channel, Date.now())));
    },
  };

  protected override readonly sender = createNotificationSender({
    allowLoopback: mayLoopBack(this.env),
    consoleUrl: consoleUrlOf(this.env),
    timeoutMs: SEND_TIMEOUT_MS,
    clock: () => Date.now(),
  });
}

let sealing: { readonly text: string; readonly box: SecretBox } | null = null;

export function secretBoxOf(env: Env): SecretBox {
  if (sealing?.text !== env.SECRETS_KEY) sealing = { text: env.SECRETS_KEY, box: createSecretBox(env.SECRETS_KEY) };
  return sealing.box;
}

/** What is no web address would have Slack refuse the whole message. */
function consoleUrlOf({ CONSOLE_URL }: Env): string | null {
  const url = URL.parse(CONSOLE_URL);
  return url?.protocol === 'https:' || url?.protocol === 'http:' ? url.href : null;
}

const mayLoopBack = (env: Env): boolean => env.ALERT_LOOPBACK === 'on';

export function notificationsOf(env: Env): NotificationPort {
  return {
    courier: createAlertCourierClient(env),
    get box() {
      return secretBoxOf(env);
    },
    faults: (channel) => channelFaults(channel, { allowLoopback: mayLoopBack(env) }),
  };
}
