import type { MovementList } from './movements.dto.js';

export const MOVEMENTS: MovementList = {
  movements: [
    {
      product_id: 106,
      seq: 5,
      occurred_at: '2026-12-24T08:00:00.000000Z',
      channel_id: 'ota',
      kind: 'reserved',
      units: 20,
      reservation_id: 'res_01a21000-0000-7000-8000-000000000001',
      partner_id: 'partner-a',
      allocated: 2000,
      reserved: 20,
      sold: 200,
      actor: 'key:12',
      reason: null,
    },
  ],
  next_cursor: null,
};

export const MOVEMENTS_CSV = [
  'product_id,seq,occurred_at,channel_id,kind,units,reservation_id,partner_id,allocated,reserved,sold,actor,reason',
  '106,6,2026-12-24T09:00:00.000000Z,ota,deallocated,100,,,1900,20,200,key:7,Slow on this channel',
  '',
].join('\r\n');
