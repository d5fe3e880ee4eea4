import type { Operator } from '../desk/operator.js';
import {
  type ReleasePreviewResponse,
  type ReleaseResponse,
  releaseResponse,
  type ScheduleRequest,
} from '../desk/release.dto.js';
import type { ReleaseService } from '../desk/release.service.js';
import type { ReleaseFilter, StoredRelease } from '../reservation/release.store.js';

/** Timed releases as the API answers them, for one operator. */
export class TimedReleases {
  constructor(
    private readonly service: ReleaseService,
    private readonly operator: Operator,
  ) {}

  /** @throws DomainError `product_not_found`, `invalid_release`, `invalid_text` */
  async schedule(productId: number, request: ScheduleRequest): Promise<ReleaseResponse> {
    return releaseResponse(await this.service.schedule(this.operator, productId, request));
  }

  /** @throws as {@link schedule} does */
  preview(productId: number, request: ScheduleRequest): Promise<ReleasePreviewResponse> {
    return this.service.preview(this.operator, productId, request);
  }

  /** All of them, those that are due first before others. */
  async list(filter: Pick<ReleaseFilter, 'status' | 'productId'>): Promise<ReleaseResponse[]> {
    const all: ReleaseResponse[] = [];
    for (let after: StoredRelease | undefined; ;) {
      const { releases, next } = await this.service.list({ ...filter, limit: PAGE, after });
      all.push(...releases.map(releaseResponse));
      if (!next) return all;
      after = next;
    }
  }

  /** @throws DomainError `release_not_found` */
  async get(id: string): Promise<ReleaseResponse> {
    return releaseResponse(await this.service.get(id));
  }

  /** @throws DomainError `release_not_found`, `release_settled`, `invalid_text` */
  async cancel(id: string, reason: { readonly reason?: string }): Promise<ReleaseResponse> {
    return releaseResponse(await this.service.cancel(this.operator, id, reason));
  }
}

/** The longest that a list gives. */
const PAGE = 200;
