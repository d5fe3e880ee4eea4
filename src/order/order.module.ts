import { Module } from '@nestjs/common';

import { OrderIds } from './order-ids.js';

@Module({ providers: [OrderIds], exports: [OrderIds] })
export class OrderModule {}
