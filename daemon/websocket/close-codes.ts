/** Close codes of RFC 6455, section 7.4.1, and its registry. */
export const GOING_AWAY = 1001
export const POLICY_VIOLATION = 1008
export const TRY_AGAIN_LATER = 1013
