// A JSON schema as a table of its fields, and as an example value where none is given.
import { html } from 'hono/html';

export type Markup = ReturnType<typeof html>;

export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly format?: string;
  readonly description?: string;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
  readonly default?: unknown;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly items?: Schema;
  readonly prefixItems?: readonly Schema[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
}
export type Schemas = Readonly<Record<string, Schema>>;

/** Tables inside tables; deeper ones are named only. */
const DEPTH_MAX = 4;

const nameOf = (schema: Schema): string | undefined => schema.$ref?.split('/').at(-1);
const choicesOf = (schema: Schema): readonly Schema[] | undefined => schema.oneOf ?? schema.anyOf;

function resolve(schema: Schema, schemas: Schemas): Schema {
  const name = nameOf(schema);
  if (name !== undefined) return resolve(schemas[name] ?? {}, schemas);
  if (schema.allOf === undefined) return schema;
  const parts = schema.allOf.map((part) => resolve(part, schemas));
  return {
    ...Object.assign({}, ...parts, schema),
    properties: Object.assign({}, ...parts.map((part) => part.properties)),
    required: parts.flatMap((part) => part.required ?? []),
  };
}

export function typeOf(schema: Schema, schemas: Schemas): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum) return schema.enum.map((value) => JSON.stringify(value)).join(' | ');
  const choices = choicesOf(schema);
  if (choices) return [...new Set(choices.map((choice) => typeOf(choice, schemas)))].join(' | ');
  if (schema.items) return `${typeOf(schema.items, schemas)}[]`;
  const name = nameOf(schema);
  if (name !== undefined) {
    const resolved = resolve(schema, schemas);
    return resolved.enum ? typeOf(resolved, schemas) : name;
  }
  if (schema.allOf?.[0]) return typeOf(schema.allOf[0], schemas);
  const types = typeof schema.type === 'string' ? [schema.type] : (schema.type ?? ['any']);
  return types.map((type) => (type === 'string' && schema.format ? schema.format : type)).join(' | ');
}

/** The object whose fields stand behind a type, through lists and choices; `undefined`: there is none. */
function innerObjects(schema: Schema, schemas: Schemas): readonly Schema[] {
  const resolved = resolve(schema, schemas);
  if (resolved.properties) return [resolved];
  if (resolved.items) return innerObjects(resolved.items, schemas);
  const tuple = resolved.prefixItems?.[0];
  if (tuple) return innerObjects(tuple, schemas);
  return (choicesOf(resolved) ?? []).flatMap((choice) => innerObjects(choice, schemas));
}

export function schemaTable(schema: Schema, schemas: Schemas, depth = 0): Markup {
  const objects = innerObjects(schema, schemas);
  return html`${objects.map((object) => fieldTable(object, schemas, depth))}`;
}

/** Code between backticks, and nothing else of Markdown. */
export function prose(text: string): Markup {
  return html`${text.split('`').map((part, index) => (index % 2 === 1 ? html`<code>${part}</code>` : part))}`;
}

function fieldTable(object: Schema, schemas: Schemas, depth: number): Markup {
  const rows = Object.entries(object.properties ?? {}).map(([name, field]) => {
    const description = field.description ?? resolve(field, schemas).description;
    const inner = depth < DEPTH_MAX && innerObjects(field, schemas).length > 0;
    return html`<tr>
      <td><code>${name}</code>${object.required?.includes(name) ? html`<span class="req">required</span>` : ''}</td>
      <td>
        <span class="type">${typeOf(field, schemas)}</span>${field.default === undefined
          ? ''
          : html` <span class="type">= <code>${JSON.stringify(field.default)}</code></span>`}
        ${description ? html`<div>${prose(description)}</div>` : ''}
        ${inner
          ? html`<details>
              <summary>its fields</summary>
              ${schemaTable(field, schemas, depth + 1)}
            </details>`
          : ''}
      </td>
    </tr>`;
  });
  return html`<div class="scroll">
    <table>
      ${rows}
    </table>
  </div>`;
}

/** The example of the schema, of its first choice, or one made of its required fields. */
export function exampleOf(schema: Schema, schemas: Schemas): unknown {
  const resolved = resolve(schema, schemas);
  const given = resolved.example ?? resolved.examples?.[0] ?? resolved.const ?? resolved.default ?? resolved.enum?.[0];
  if (given !== undefined) return given;
  const choice = choicesOf(resolved)?.[0];
  if (choice) return exampleOf(choice, schemas);
  if (resolved.items) return [exampleOf(resolved.items, schemas)];
  if (resolved.properties) {
    const named = Object.entries(resolved.properties).filter(([name]) => resolved.required?.includes(name));
    return Object.fromEntries(named.map(([name, field]) => [name, exampleOf(field, schemas)]));
  }
  const type = typeof resolved.type === 'string' ? resolved.type : resolved.type?.[0];
  return type === 'number' || type === 'integer' ? 1 : type === 'boolean' ? true : 'text';
}
