import neostandard from 'neostandard'
import tseslint from 'typescript-eslint'

export default [
  { ignores: ['drizzle/', '.tap/', 'node_modules/', 'client/dist/', 'client/src/types.ts'] },
  ...neostandard({ ts: true }),
  {
    files: ['**/*.ts'],
    languageOptions: { parserOptions: { projectService: true } },
    plugins: { '@typescript-eslint': tseslint.plugin },
    rules: {
      'no-void': ['error', { allowAsStatement: true }],
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
    },
  },
  // What they are given becomes part of the statement: an alias or a name out of a request must not (CVE-2026-39356).
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-restricted-syntax': ['error',
        { selector: 'MemberExpression[object.name="sql"][property.name="identifier"]', message: 'Name columns and tables in the text of the statement.' },
        { selector: 'CallExpression[callee.property.name="as"]:not([arguments.0.type="Literal"])', message: 'An alias is a literal.' },
      ],
    },
  },
  // tap waits for its subtests by itself.
  { files: ['test/**/*.test.ts'], rules: { '@typescript-eslint/no-floating-promises': 'off' } },
]
