// Variables of the deployment that are wrong, as the API tells them: by name, what they must be, and what holds instead.
import { z } from '@hono/zod-openapi';
import type { WrongVariable } from '../wrong-variables.ts';

export const Misconfigured = z
  .array(
    z.object({
      variable: z.string(),
      message: z.string().openapi({ description: 'What it must be', example: 'must be 1 to 20' }),
      room: z
        .enum(['healing', 'scaling', 'shards', 'predictions', 'optimizations', 'training', 'history'])
        .nullable()
        .openapi({ description: 'Which goes by it; `null`: every checkout does' }),
      in_force: z.string().nullable().openapi({ description: 'In its place; `null`: what needs it is refused' }),
    }),
  )
  .openapi({ description: 'Variables of the deployment that are wrong (docs/settings.md)' });

export const misconfiguredJson = (wrong: readonly WrongVariable[]): z.output<typeof Misconfigured> =>
  wrong.map(({ field, message, room, inForce }) => ({ variable: field, message, room, in_force: inForce }));
