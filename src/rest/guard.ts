import type { IncomingMessage } from 'node:http';
import { givenToken, isCrossSite, isEqualToken, isLoopbackName } from '../serving/http-guard.js';

/** Why a request is not answered. */
export interface Refusal {
  readonly status: number;
  readonly text: string;
}

/**
 * What a request must not be: one of a web page from elsewhere, one that reached this machine under a name of somebody else's (DNS
 * rebinding), or, where a token is asked for, one without it. Undefined if it is answered.
 */
export const refusalOf = ({ headers }: IncomingMessage, token: string | undefined): Refusal | undefined => {
  if (isCrossSite(headers)) return { status: 403, text: 'requests of other web pages are refused' };
  if (token === undefined)
    return isLoopbackName(headers.host)
      ? undefined
      : { status: 403, text: 'requests for another host than localhost are refused' };
  return isEqualToken(givenToken(headers.authorization), token)
    ? undefined
    : {
        status: 401,
        text: 'the token is missing or wrong; send it as Authorization: Bearer TOKEN, or as the password',
      };
};
