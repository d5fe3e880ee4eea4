/** Largest id of a product: the column is a signed INT. */
export const PRODUCT_ID_MAX = 2_147_483_647;
