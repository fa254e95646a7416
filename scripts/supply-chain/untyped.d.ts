declare module 'semver' {
  export function satisfies (version: string, range: string): boolean
  export function valid (version: string): string | null
  export function validRange (range: string): string | null
}

declare module 'spdx-expression-parse' {
  export type Expression =
    | { license: string, plus?: true, exception?: string }
    | { left: Expression, conjunction: 'and' | 'or', right: Expression }
  export default function parse (expression: string): Expression
}
