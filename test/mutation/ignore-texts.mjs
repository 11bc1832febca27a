import { declareValuePlugin, PluginKind } from '@stryker-mutator/api/plugin';

/** Properties whose texts README and .env.example are made of: `npm run check` compares these. */
const DOCUMENTED = new Set(['meaning', 'example']);

/** Leaves texts as they are that documents are made of. JavaScript, since Stryker loads it in processes of its own. */
export const strykerPlugins = [
  declareValuePlugin(PluginKind.Ignore, 'texts', {
    shouldIgnore({ node, key, parent }) {
      const isDocumented =
        key === 'value' && parent?.type === 'ObjectProperty' && DOCUMENTED.has(parent.key.name);
      return isDocumented && node.type.endsWith('Literal') ? 'a text that documents are made of' : undefined;
    },
  }),
];
