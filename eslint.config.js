import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'

export default [
  { ignores: ['drizzle/', '.tap/', 'node_modules/', 'client/dist/', 'client/src/types.ts'] },
  ...neostandard({ ts: true }),
  { rules: { '@stylistic/max-len': ['error', { code: 120, ignoreUrls: true, ignoreRegExpLiterals: true }] } },
  ...tseslint.configs.recommendedTypeChecked.map(config => ({ ...config, files: ['**/*.ts'] })),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    rules: {
      'no-void': ['error', { allowAsStatement: true }],
      '@typescript-eslint/consistent-type-imports': 'error',
      // What is called when something happens may take its time; what it throws is then a fault that nobody caught.
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      // Hooks and plugins of Fastify are async whether or not they wait.
      '@typescript-eslint/require-await': 'off',
    },
  },
  // Filled in by declaration merging: facts, events, the document's types.
  {
    files: ['src/**/*.ts'],
    rules: { '@typescript-eslint/no-empty-object-type': ['error', { allowInterfaces: 'always' }] },
  },
  // What they are given becomes part of the statement: an alias or a name out of a request must not (CVE-2026-39356).
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error',
        {
          selector: 'MemberExpression[object.name="sql"][property.name="identifier"]',
          message: 'Name columns and tables in the text of the statement.',
        },
        {
          selector: 'CallExpression[callee.property.name="as"]:not([arguments.0.type="Literal"])',
          message: 'An alias is a literal.',
        },
      ],
    },
  },
  {
    files: ['test/**/*.ts', 'bench/**/*.ts'],
    rules: {
      // Answers are JSON of whatever shape: what they hold is asserted, or the run fails.
      '@typescript-eslint/no-explicit-any': 'off',
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
  {
    files: ['test/**/*.ts'],
    rules: {
      // What stands in for fetch is given an address as text or as a URL.
      '@typescript-eslint/no-base-to-string': 'off',
      // Functions of what tests start are handed on, and know no `this`.
      '@typescript-eslint/unbound-method': 'off',
    },
  },
  // tap waits for its subtests by itself.
  { files: ['test/**/*.test.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
]
