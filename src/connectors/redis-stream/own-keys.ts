// The keys that Signalbox itself writes in the Redis whose streams it reads: all begin alike, and none of them is a stream to be read.

export const OWN_KEYS = 'signalbox:';

/** By source: names of streams and groups may hold any character, and two of them put together may read as two others. */
export const letterStreamOf = (sourceId: string): string => `${OWN_KEYS}dead-letters:${sourceId}`;
