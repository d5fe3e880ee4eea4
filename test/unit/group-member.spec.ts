import { type GroupMember, whyNotPrimary } from '../../src/database/group-member.js';

const other = (role: string, state = 'ONLINE'): GroupMember => ({ self: false, state, role, readOnly: false });
const self = (role: string, state = 'ONLINE', readOnly = false): GroupMember => ({ self: true, state, role, readOnly });
const SECONDARY = other('SECONDARY');
const CUT_OFF = other('SECONDARY', 'UNREACHABLE');

describe('the server that was asked', () => {
  it.each([
    ['one of three', [self('PRIMARY'), SECONDARY, SECONDARY]],
    ['one of three, of which one is lost', [self('PRIMARY'), SECONDARY, CUT_OFF]],
    ['one of three, of which one comes back', [self('PRIMARY'), SECONDARY, other('SECONDARY', 'RECOVERING')]],
    ['the last that is left', [self('PRIMARY')]],
  ])('is the primary: %s', (_, members) => {
    expect(whyNotPrimary(members)).toBeUndefined();
  });

  it.each([
    ['without Group Replication', [], /in no group/],
    ['a secondary', [other('PRIMARY'), self('SECONDARY'), SECONDARY], /a secondary/],
    ['one that was expelled', [self('', 'ERROR')], /ERROR/],
    ['one that just came back', [self('', 'OFFLINE')], /OFFLINE/],
    ['one that catches up', [other('PRIMARY'), self('SECONDARY', 'RECOVERING')], /RECOVERING/],
    ['a primary that was cut off', [self('PRIMARY'), CUT_OFF, CUT_OFF], /only 1 of the 3/],
    ['a primary with half of the group', [self('PRIMARY'), SECONDARY, CUT_OFF, CUT_OFF], /only 2 of the 4/],
    ['a primary that was just elected', [self('PRIMARY', 'ONLINE', true), SECONDARY], /read-only/],
    ['one of several primaries', [self('PRIMARY'), other('PRIMARY')], /single-primary mode/],
  ])('is not: %s', (_, members, why) => {
    expect(whyNotPrimary(members)).toMatch(why);
  });
});
