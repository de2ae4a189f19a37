// What of a bundle an isolate evaluates before its first request: everything its entry reaches without a dynamic import.

/** The part of the bundler's own account (esbuild's metafile) that is read here. */
export interface BundleTrace {
  readonly inputs: Readonly<
    Record<
      string,
      { readonly imports: readonly { readonly path: string; readonly kind: string; readonly external?: boolean }[] }
    >
  >;
  readonly outputs: Readonly<
    Record<
      string,
      {
        readonly entryPoint?: string;
        readonly inputs: Readonly<Record<string, { readonly bytesInOutput: number }>>;
      }
    >
  >;
}

/** Source -> its bytes in the bundle. What is only looked through, and has none of them, is left out. */
export function evaluatedAtStart({ inputs, outputs }: BundleTrace): ReadonlyMap<string, number> {
  const output = Object.values(outputs).find(({ entryPoint }) => entryPoint !== undefined);
  if (output?.entryPoint === undefined) throw new Error('the bundle has no entry');
  const reached = new Set<string>([output.entryPoint]);
  for (const path of reached)
    for (const { path: imported, kind, external } of inputs[path]?.imports ?? [])
      if (kind !== 'dynamic-import' && external !== true) reached.add(imported);
  const bytes = [...reached].map((path) => [path, output.inputs[path]?.bytesInOutput ?? 0] as const);
  return new Map(bytes.filter(([, size]) => size > 0));
}
