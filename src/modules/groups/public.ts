export { foldAllNames } from './fold-names.ts'
export { seedDefaultGroups } from './default-groups.ts'
