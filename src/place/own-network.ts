/** Whether a network leads nowhere yet, as in a namespace just made: takes the text of `/proc/net/route`, a heading and a line a route. */
export const leadsNowhere = (routes: string): boolean => routes.trimEnd().split('\n').length <= 1;
