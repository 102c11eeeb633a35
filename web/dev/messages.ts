import { readdirSync, readFileSync } from 'node:fs';
import { parse, TYPE } from '@formatjs/icu-messageformat-parser';
import ts from 'typescript';
import type { Plugin } from 'vite';

const nounFile = /\/src\/messages\/en\/(\w+)\.ts$/;
const source = /\/src\/(?!messages\/).*\.tsx?$/;
const mention = /['"`]([a-z]+)\.[a-zA-Z]/g;

/**
 * Parses messages when the UI is built, so that no parser is sent along, and has each module bring the messages of
 * the nouns whose ids it mentions, so that the first page does not wait for those of all others.
 */
export function messages(): Plugin {
  let directory = '';
  return {
    name: 'messages',
    enforce: 'pre',
    config: () => ({
      resolve: {
        alias: [
          {
            find: /^@formatjs\/icu-messageformat-parser$/,
            replacement: '@formatjs/icu-messageformat-parser/no-parser.js',
          },
        ],
      },
    }),
    configResolved: ({ root }) => {
      directory = `${root}/src/messages/en`;
    },
    transform: async (code, id) => {
      const path = id.split('?')[0] ?? '';
      const noun = nounFile.exec(path)?.[1];
      if (noun) return { code: await compiled(code, noun), map: null };
      if (!source.test(path) || /\.test\.tsx?$/.test(path)) return undefined;
      const files = filesByPrefix(directory);
      const mentioned = new Set(
        [...code.matchAll(mention)].flatMap((match) => files.get(match[1] ?? '') ?? []),
      );
      const imports = [...mentioned].map((file) => `import '/src/messages/en/${file}';`);
      return imports.length === 0 ? undefined : { code: imports.join('') + code, map: null };
    },
  };
}

/** Which file has the messages whose ids begin with a word. */
function filesByPrefix(directory: string): Map<string, string> {
  const files = new Map<string, string>();
  for (const file of readdirSync(directory)) {
    const text = readFileSync(`${directory}/${file}`, 'utf8');
    for (const [, prefix = ''] of text.matchAll(/^ {2}'([a-z]+)\./gm)) files.set(prefix, file);
  }
  return files;
}

/** A file of messages, each as the text it always is or as its parsed elements. */
async function compiled(code: string, noun: string): Promise<string> {
  const { outputText } = ts.transpileModule(code, { compilerOptions: { module: ts.ModuleKind.ESNext } });
  const module = await import(`data:text/javascript;base64,${Buffer.from(outputText).toString('base64')}`);
  const texts = module[noun] as Record<string, string> | undefined;
  if (!texts) throw new Error(`messages/en/${noun}.ts has to export ${noun}`);
  const parsed = Object.entries(texts).map(([id, text]) => {
    const elements = parsedOrNamed(id, text);
    const [first] = elements;
    const plain = elements.length === 1 && first?.type === TYPE.literal ? first.value : undefined;
    return [id, plain ?? (text === '' ? '' : elements)];
  });
  return `import { add } from '/src/messages/catalogue.ts';\nadd(${JSON.stringify(Object.fromEntries(parsed))});`;
}

function parsedOrNamed(id: string, text: string) {
  try {
    return parse(text);
  } catch (error) {
    throw new Error(`the message ${id} is not one of ICU (a brace in text is written '{'): ${error}`);
  }
}
