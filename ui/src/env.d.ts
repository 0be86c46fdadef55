/** Whether this build carries the in-memory client. */
declare const __FAKE__: boolean;
