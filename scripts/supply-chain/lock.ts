export interface Manifest {
  dependencies?: Record<string, string>
  devDependencies?: Record<string, string>
  allowScripts?: Record<string, boolean>
}

/** What package-lock.json says about one copy of a package. */
export interface LockEntry {
  /** Only of a copy that is installed under another name. */
  name?: string
  version?: string | undefined
  integrity?: string | undefined
  resolved?: string
  license?: string | undefined
  dev?: boolean
  /** To a package that is developed here. */
  link?: boolean
  hasInstallScript?: boolean
}

export interface Lock { packages: Record<string, LockEntry> }

export interface Copy extends LockEntry { path: string, name: string, version: string }

/** Every installed copy of every package, nested ones too; not those that are developed here. */
export function copiesIn (lock: Lock): Copy[] {
  const installed = Object.entries(lock.packages).filter(([path, { link }]) => path.includes('node_modules/') && !link)
  return installed.map(([path, entry]) =>
    ({ ...entry, path, name: entry.name ?? path.split('node_modules/').at(-1)!, version: entry.version ?? '(none)' }))
}
