// The configuration as a whole: exported, compared, imported, and the log of who changed what.
import { actorOf, ifMatchOf } from '../actor.ts';
import { refusalOf } from '../configuration-access.ts';
import type { App } from '../context.ts';
import { serve } from '../endpoint.ts';
import { difference } from '../../domain/configuration/difference.ts';
import {
  AuditList,
  auditJson,
  documentJson,
  documentOfInput,
  DocumentAnswer,
  DocumentInput,
  ImportAnswer,
} from '../schemas/configuration.ts';
import { DryRunQuery, PageQuery } from '../schemas/primitives.ts';

const PATH = '/api/v1/config';
const tag = 'Configuration';

export function mountConfiguration(app: App): void {
  serve(
    app,
    {
      method: 'get',
      path: PATH,
      scope: 'read',
      tag,
      summary: 'Export the configuration',
      description: 'Without versions, overrides and keys: fit for version control. Importing it again changes nothing.',
      answer: { status: 200, description: 'The document; the ETag is its version', schema: DocumentAnswer },
    },
    async ({ world }) => {
      const configuration = await world.registry.configuration();
      return { body: documentJson(configuration), version: configuration.version };
    },
  );
  serve(
    app,
    {
      method: 'put',
      path: PATH,
      scope: 'admin',
      tag,
      summary: 'Import a configuration',
      description: 'Replaces the whole; `?dry_run=true` tries it and answers the difference.',
      query: DryRunQuery,
      body: DocumentInput,
      answer: { status: 200, description: 'What changed, or would', schema: ImportAnswer },
    },
    async (call) => {
      const { world, now } = call;
      const dryRun = call.query.dry_run === 'true';
      const before = await world.registry.configuration();
      const document = documentOfInput(call.body);
      const reply = await world.registry.change(
        { op: 'import', document },
        actorOf(call),
        ifMatchOf(call.header('if-match')),
        dryRun,
      );
      if (!reply.ok) return { refused: refusalOf(reply, 'processor') };
      if (!dryRun) await world.tables.refresh(now);
      const { version } = dryRun ? before : reply.configuration;
      const changes = difference(documentJson(before), documentJson(reply.configuration));
      return { body: { dry_run: dryRun, version, changes: changes.map((each) => ({ ...each })) }, version };
    },
  );
  serve(
    app,
    {
      method: 'get',
      path: '/api/v1/audit',
      scope: 'operate',
      tag,
      summary: 'Read the audit log',
      query: PageQuery,
      answer: { status: 200, description: 'Newest first', schema: AuditList },
    },
    async ({ world, query }) => {
      const { items, nextCursor } = await world.registry.audit(query.cursor ?? null, query.limit);
      return { body: { entries: items.map(auditJson), count: items.length, next_cursor: nextCursor } };
    },
  );
}
