export { changedMemberships } from './changes.ts'
export { floorOf, lockMembers, otherReadSeq, requireMember, type Member, type Viewer } from './member.ts'
export { changeOwnSide, lockOwnSide, nextOwnVersion, nextVersion, type OwnChange } from './versions.ts'
