/** A longer file is not read whole. */
export const MOST_FILE_BYTES = 10 * 1024 * 1024
/** A longer file is read, and edited elsewhere. */
export const MOST_EDITED_BYTES = 2 * 1024 * 1024
/** So many entries of one folder are listed. */
export const MOST_ENTRIES = 5000
/** Places in one page of what was searched for. */
export const PLACES_A_PAGE = 500
