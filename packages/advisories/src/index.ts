/** Nothing yet. */
export const placeholder = undefined;
