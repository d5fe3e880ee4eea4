import type { ChannelList, ChannelResponse } from './channel.dto.js';

export const CHANNEL: ChannelResponse = {
  channel_id: 'corporate',
  name: 'Corporate customers',
  created_at: '2026-11-26T08:00:00.000Z',
};

export const CHANNELS: ChannelList = { channels: [CHANNEL], next_cursor: null };

/** Bodies that these changes are asked for by. */
export const CHANNEL_BODIES = {
  create: { corporate: { value: { channel_id: 'corporate', name: 'Corporate customers', reason: 'New business' } } },
  rename: { clearer: { value: { name: 'Corporate customers', reason: 'Clearer name' } } },
};
