export { changedMemberships } from './changes.ts'
export { floorOf, otherReadSeq, requireMember, type Member, type Viewer } from './member.ts'
export { changeOwnSide, lockOwnSide, nextOwnVersion, nextVersion, type OwnChange } from './versions.ts'
