// The shape of every refusal: RFC 9457 with a stable code, the field at fault and the request id.
import { z } from '@hono/zod-openapi';

export const ProblemDocument = z
  .object({
    type: z
      .string()
      .openapi({ description: 'Where the code is explained', example: '/docs#problem-unknown_processor' }),
    title: z.string(),
    status: z.int(),
    detail: z.string().openapi({ description: 'One safe sentence: what is wrong and what to do' }),
    instance: z.string(),
    code: z.string().openapi({ description: 'Stable; switch on this', example: 'unknown_processor' }),
    field: z.string().optional().openapi({ description: 'The field, query parameter or header at fault' }),
    errors: z.array(z.object({ field: z.string(), code: z.string(), message: z.string() })).optional(),
    more_errors: z.int().optional().openapi({ description: 'So many further faults are not among `errors`' }),
    request_id: z.string(),
  })
  .openapi('Problem');
