// Detects whether moderation refused the request or its result. The codes and phrases come from the documentation of
// about thirty providers and from reports of their users. The test lists them, with texts that only look similar.

/** Sentences are checked separately, so that a hint in one sentence does not change the meaning of another. */
const SENTENCE = /[.!?;\n]\s/;

/** A group of a regular expression that matches any of the patterns in a comma-separated list. */
const any = (list: string) =>
  `(?:${list
    .trim()
    .split(/\s*,\s*/)
    .join("|")})`;
const WORD = "[\\w'/-]{1,20}";

/** Excludes words about the form of a file or text: "illegal image format", "unsafe characters". */
const FORM = `(?![ -](?:is |has |with )?${any(`size, sizes, aspect, ratio, formats?, length, duration, resolution,
  dimensions?, type, codec, encoding, urls?, id, code, value, parameter, field, rate, characters?, symbols?`)}\\b)`;
const CONTENT = `${any(`content, material, information, imagery, images?, pictures?, photos?, videos?, frames?, audio, media,
  language, words?, text, prompts?, topics?, themes?, subjects?`)}${FORM}`;
const BAD =
  any(`sensitive, inappropriate, prohibited, disallowed, forbidden, banned, harmful, hateful, unsafe, offensive,
  adult, sexual, erotic, suggestive, explicit, violent, political, graphic, disturbing, illegal, objectionable, restricted,
  copyrighted, moderated`);
const PEOPLE = any(`public figures?, celebrity, celebrities, real (?:person|persons|people|human), minors,
  a minor(?! (?:issue|error|version|change)), likeness`);
const FOUND = any(`not (?:allowed|permitted), prohibited, blocked, rejected, detected, recognized, contains?, includes?,
  mentions?, depicts?, shows?, (?:can't|cannot|could not|unable to) (?:create|generate|make|produce)`);
const CHECK = any(`moderation, moderators?, (?<!(?:thread|type|null|memory|job)[ -])safety,
  content (?:filters?|checker|check|review), guardrails?, risk control`);
const REFUSED =
  any(`blocked, rejected, refused, denied, filtered, stopped, removed, caught, declined, failed, triggered,
  tripped, prevented, flagged, prohibited, not (?:allowed|permitted), (?:not|to) pass(?:ed)?`);
const RULE = any("policy, policies, guidelines?, guardrails?, standards?, practices, rules, terms");
const WHOSE =
  any(`content, safety, usage, use, community, service, moderation, platform, provider, our, your, their, openai,
  google, runway, kling`);
const RULES = `(?:${WHOSE}(?:'s)? (?:${WORD} ){0,4}?${RULE}|terms of (?:service|use))`;

/** Phrases about what was found, which rule it breaks, or who refused it. */
const MODERATED = [
  any(`\\bnsfw\\b, not safe for work, sexually explicit, pornograph, \\bnud(?:e|ity)\\b, \\bviolence\\b, \\bgore\\b,
    profanity, harassment, hate speech, self[- ]harm, \\bcsam\\b, deepfakes?, harm_category, too explicit, new_sensitive`),
  `(?<![\\w-])${BAD} (?:or ${WORD} )?${CONTENT}\\b`,
  `\\b${CONTENT} (?:\\w{1,20} ){0,3}?(?<!case |time )${any("sensitive, inappropriate, offensive, harmful, unsafe")}\\b${FORM}`,
  `\\b${PEOPLE}\\b.{0,40}?\\b${FOUND}\\b`,
  `\\b${FOUND}\\b.{0,40}?\\b${PEOPLE}\\b`,
  "copyrighted character|intellectual property|trademarked|\\binfring|third[- ]party (?:content|ip)\\b",
  `copyright ${any("restriction, reason, infring, violation, protection, claim, policy, policies, concern, issue")}`,

  "content (?:management )?(?:policy|policies)|community guidelines|responsible ai|\\brai\\b",
  "(?:^|[:,(] ?|\\b(?:a|content|due to|for|of|safety|usage|use) )(?:policy|policies) (?:violations?|reasons)",
  `(?<!(?:thread|type|null|memory) )\\bsafety ${any("reasons, concerns, violation, policy, policies, guidelines, standards")}`,
  "violates? (?:content|safety|(?:the |any )?polic)|against (?:the )?polic",
  `\\b${any("violates?, violated, violating, violations?, conflicts?")}\\b.{0,30}?\\b${RULES}`,
  `\\b${any("against, breach(?:es)?(?: of)?, compl(?:y|iant|iance) with, in line with")} (?:the )?${RULES}`,

  "\\bprompt (?:is|was|has been) (?:blocked|prohibited|banned)",
  "\\brequest (?:is|was|has been) flagged(?! (?:as|for)\\b)",
  "\\b(?:prompt|content) (?:\\w{1,20} ){0,3}?(?:blocked|rejected) (?:by|because of|due to) (?:our |the )?polic",
  `\\bcontent${FORM} (?:\\w{1,20} ){0,4}?(?:not (?:allowed|permitted)|prohibited)\\b(?! (?:in|for|with|on)\\b)`,
  `\\b${any(`was, were, been, be, got, gets, request, prompt, content, input, output, image, video, text, generation,
    result`)} moderated\\b`,
  `\\b${CONTENT} (?:\\w{1,20} ){0,3}?flagged\\b`,
  `\\bflagged (?:\\w{1,20} ){0,3}?(?:${BAD}|${CONTENT}|${CHECK})\\b`,
  `\\b${REFUSED}\\b(?: ${WORD}){0,5}? ${CHECK}\\b`,
  `\\b${CHECK}\\b[^.;]{0,40}?\\b(?:${REFUSED}|violation)\\b`,
  `\\b(?:due to|because of|result of)(?: \\w{1,20}){0,2}? ${CHECK}\\b`,
  "\\brisk not pass|\\bnot pass(?:ed)? (?:the |our )?review\\b|\\bsafety\\.(?:input|output)",
  // Chinese: sensitive content, information or words; against the rules; did not pass the review; unsafe.
  "敏感(?:内容|信息|词)|违规|不合规|审核(?:未|不)通过|未通过审核|不安全|涉(?:黄|政|暴)",
].map((phrase) => new RegExp(phrase));

/** Phrases of sentences that mention moderation but do not report a refusal by it. */
const NOT_MODERATED = [
  // The moderation itself failed, or it passed.
  `\\b${CHECK}[\\w -]{0,40}?${any(`unavailable, not available, tim(?:ed|e) ?out, timeout, overloaded, unreachable, offline,
    down\\b, could not be, couldn't, cannot be, internal error, not responding, not configured, crashed, an error,
    (?:service|api|endpoint|server|model|queue|request) (?:error|failed|is full|returned)`)}`,
  `\\b${any("unable to, failed to, could not, cannot, error(?: in)?, while")} ${any(`reach, contact, call(?:ing)?,
    load(?:ing)?, run(?:ning)?, connect(?:ing)? to`)} (?:\\w{1,20} ){0,3}?${CHECK}`,
  `\\b${CHECK}(?: \\w{1,20}){0,2} (?:passed|succeeded)\\b`,
  // A validator complains about a parameter.
  `\\b(?:must|should|needs? to|has to) be ${any(`an?, at, between, either, equal, greater, in, less, of, one, set, true,
    false, boolean, string, integer, number`)}\\b`,
  any(`\\bis required, field required, not a valid, unexpected (?:value|keyword), permitted:, expected ', enum value,
    cannot find field, extra (?:inputs|fields), deprecated, \\bmust (?:show|contain|include|have)\\b, \\bnot detected\\b, out of range`),
  `\\b${any("unknown, unrecognized, unsupported, invalid, missing")} ${any(`name, parameter, field, argument, option, property,
    key, request argument`)}\\b`,
  "\\b(?:parameter|field|option|argument|property|setting)s?:? ['\"`]?\\w{0,40}(?:moderation|safety|sensitiv)",
  "\\bdisabl(?:e|ed|ing)\\b",
  // The rule is about traffic, money, formats or the account.
  `\\b${any(`rate, request, concurrency, fair use, retry, traffic, billing, payment, cache, caching,
    retention`)}[- ]?(?:limit|limits|limiting)?(?:'s)? (?:policy|policies)`,
  "rate limit|concurren|\\bquota\\b|too many requests",
  "\\b(?:validation|schema|naming|format(?:ting)?) (?:rules?|polic|standards?)",
  "\\baccept(?:ed)? (?:the|our) |\\bagreed? to\\b|flagged (?:as|for) (?:an? )?(?:duplicate|retry|deletion)",
].map((phrase) => new RegExp(phrase));

/** Whether the text means that moderation refused the request or its result. */
export function saysModerated(text: string): boolean {
  const plain = text
    .toLowerCase()
    .replaceAll("’", "'")
    .replace(/[^\S\n]+/g, " ")
    .replace(/content[-_]/g, "content ");
  return plain.split(SENTENCE).some((sentence) => {
    const says = (phrase: RegExp) => phrase.test(sentence);
    return MODERATED.some(says) && !NOT_MODERATED.some(says);
  });
}

/** Words that mean moderation in an identifier. */
const CODE_WORDS =
  /\b(?:safety|moderat(?:ed|ion)|nsfw|data inspection|content (?:polic(?:y|ies)|filter(?:ed)?|violation|blocked|rejected|restricted|safety|risk)|(?:prompt|image|video|audio|text|input|output) (?:blocked|flagged)$|(?:submit|prompt|image|video|audio|text|input|output) illegal|policy violation|responsible ai|rai|risk control|risk not pass|infringement|celebrity|prominent people|unsafe generation|blocklist|sentinel block|sexual|violence|minors?)\b|^(?:content )?(?:sensitive|unsafe|inappropriate|flagged|prohibited|disallowed|censored|banned)(?: error)?$/;

/** Words in identifiers of other errors: a fault in the moderation, an invalid parameter, or too much traffic. */
const CODE_FAULTS =
  /\b(?:unavailable|timeout|timed out|overloaded|internal|invalid|unknown|unsupported|not (?:found|supported|configured|allowed)|missing|required|parameter|argument|setting|path|character|url|version|rate|quota|concurrency|thread|type)\b/;

/** Whether an identifier such as `SAFETY.INPUT.TEXT` or `ContentModerated` means a refusal by moderation. */
export function isModerationCode(code: string): boolean {
  const words = wordsOf(code);
  return (CODE_WORDS.test(words) || saysModerated(words)) && !CODE_FAULTS.test(words);
}

/** Splits an identifier into words: `ContentModerated` and `CONTENT.MODERATED` become "content moderated". */
function wordsOf(code: string): string {
  return code
    .replace(/([a-z\d])([A-Z])|([A-Z])(?=[A-Z][a-z])/g, "$1$3 $2")
    .replace(/[^A-Za-z\d]+/g, " ")
    .trim()
    .toLowerCase();
}
