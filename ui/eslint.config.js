import js from '@eslint/js';
import svelte from 'eslint-plugin-svelte';
import globals from 'globals';
import ts from 'typescript-eslint';
import svelteConfig from './svelte.config.js';

const tier = (files, forbidden, message) => ({
  files,
  rules: { 'no-restricted-imports': ['error', { patterns: [{ group: forbidden, message }] }] },
});

export default ts.config(
  { ignores: ['dist', 'dist-fake', 'node_modules', 'target-screenshots', 'src/lib/ipc/bindings.ts'] },
  js.configs.recommended,
  ...ts.configs.strict,
  ...svelte.configs.recommended,
  {
    languageOptions: { globals: { ...globals.browser, __FAKE__: 'readonly' } },
  },
  { files: ['tests/browser/**', '*.config.*'], languageOptions: { globals: globals.node } },
  {
    files: ['**/*.svelte', '**/*.svelte.ts'],
    languageOptions: { parserOptions: { parser: ts.parser, svelteConfig } },
  },
  {
    rules: {
      // Alert text is hostile: it is never HTML and never a pattern.
      'svelte/no-at-html-tags': 'error',
      'no-restricted-syntax': [
        'error',
        {
          selector: "NewExpression[callee.name='RegExp'], CallExpression[callee.name='RegExp']",
          message: 'A pattern made from data can hang or match too much: use a literal or plain string search.',
        },
        {
          selector: 'MemberExpression[property.name=/^(innerHTML|outerHTML|insertAdjacentHTML)$/]',
          message: 'Alert text is never HTML.',
        },
        {
          selector: "SvelteAttribute[key.name='style']",
          message: "The window's CSP forbids style attributes: use a class or a style:property directive.",
        },
      ],
      'no-console': 'error',
      // A state class says itself what is reactive; a Map inside one often must not be.
      'svelte/prefer-svelte-reactivity': 'off',
    },
  },
  { files: ['tests/browser/**'], rules: { 'no-console': 'off' } },
  // The tiers: ui knows no domain, a domain knows ui and itself, views combine.
  tier(
    ['src/components/ui/**'],
    ['**/alert/**', '**/entity/**', '**/source/**', '**/views/**', '**/ipc/**', '**/state/**'],
    'components/ui knows no domain.',
  ),
  tier(['src/components/alert/**'], ['**/source/**', '**/views/**'], 'An alert component imports ui and alert only.'),
  tier(
    ['src/components/entity/**'],
    ['**/alert/**', '**/source/**', '**/views/**'],
    'An entity component imports ui and entity only.',
  ),
  tier(
    ['src/components/filter/**'],
    ['**/alert/**', '**/source/**', '**/entity/**', '**/views/**'],
    'A filter component imports ui and filter only.',
  ),
  tier(['src/components/source/**'], ['**/alert/**', '**/views/**'], 'A source component imports ui and source only.'),
  tier(
    ['src/components/settings/**'],
    ['**/alert/**', '**/source/**', '**/filter/**', '**/entity/**', '**/views/**'],
    'A settings component imports ui and settings only.',
  ),
  tier(['src/lib/**'], ['**/components/**', '**/views/**'], 'lib is below the components.'),
);
