/** Whether words deny, warn of or date what stands beside them: then it may be right although the table says otherwise. */
export const isHedged = (text: string): boolean => HEDGES.test(text);

/** Whether words deny what a sentence says, besides the words of the claim itself. */
export const isDenied = (text: string): boolean =>
  DENIALS.test(text.replace(CONDITION, ' ').replace(WHERE_IT_FAILS, ' '));

/** Words in quotation marks that are more than the name of a choice in a form. */
export const QUOTATIONS = /["“„«][^"“”„«»]{12,300}["“”»]/g;

/** “If STARTTLS does not work, choose …”: the condition denies nothing of what is advised. */
const CONDITION =
  /^(?:if|when|where|in case|wenn|falls|sollte) [^,.;]{1,80}\b(?:not|doesn['’]t|isn['’]t|cannot|can['’]t|nicht|kein\w*)\b[^,.;]{0,60},/i;
/** “Choose … if it does not work”: nor does this one. */
const WHERE_IT_FAILS =
  /\b(?:if|when|wenn|falls) [^,.;]{1,40}\b(?:cannot|can['’]t|does(?: not|n['’]t)|do(?: not|n['’]t)|nicht) (?:connect|work|send|receive|support|funktionier\w*|verbind\w*)\b[^,.;]{0,30}[.!]?$/i;
const DENIALS =
  /\b(?:not|never|no longer|(?:nobody|no one) should|niemand sollte|myth|wrong|incorrect\w*|false|untrue|mistake\w*|misconception|contrary|some (?:people|guides|pages|sites|say|claim|think|believe)|no (?:better|safer|more|reason|need)|by no means|hardly|neither|kaum|weder|often (?:said|read|claimed)|claims? that|don['’]t|doesn['’]t|isn['’]t|aren['’]t|cannot|can['’]t|avoid|nicht|nie|niemals|kein\w*|falsch\w*|irrtum|irrtümlich\w*|mythos|manche|angeblich|vermeid\w*)\b/i;
const HEDGES =
  /\b(?:not|never|no longer|(?:better|safer|worse) than|hardly|neither|kaum|weder|don['’]t|doesn['’]t|isn['’]t|cannot|can['’]t|avoid|instead of|rather than|myth|wrong|incorrect\w*|mistake\w*|deprecated|obsolete|old|older|legacy|formerly|historically|was|were|used to|disabled?|block(?:s|ed)?|closed?|refus\w+|insecure|discouraged|unless|misread|nicht|nie|niemals|kein\w*|vermeid\w*|statt|anstatt|anstelle|falsch\w*|irrtum|veraltet\w*|ehemals|deaktivier\w*|gesperrt|abgeschaltet|blockiert|unsicher\w*|früher)\b/i;
