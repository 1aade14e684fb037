import { describe, expect, it } from "vitest";
import { readReason } from "../../src/providers/aimlapi-answers.ts";
import { isModerationCode, saysModerated } from "../../src/providers/moderation.ts";

/** Texts, one per line. */
const lines = (text: string) => text.trim().split("\n");

/** From the documentation of providers and reports of their users. */
const MODERATED = lines(`
The prompt may contain sensitive information
Your request was blocked by our content moderation system.
blocked by moderation
Moderation failed
content policy violation
This prompt violates our content policies.
The request violates our usage policies
Your prompt violates the Community Guidelines.
This content may violate our terms
Your image was flagged as inappropriate
The generated video was rejected by the safety filter.
The output did not pass the safety check
Output blocked for safety reasons
NSFW content detected
Request moderated
Your prompt has been moderated
The text contains prohibited words
Input image contains inappropriate content
The prompt contains inappropriate or harmful content
Public figures are not allowed in this model
Rejected: copyrighted material
The video contains nudity
Prompt is not safe for work
Generated video did not pass review
Your request was rejected as a result of our safety system.
Your request was rejected as a result of our safety system. Your prompt may contain text that is not allowed by our safety system.
Your request was rejected by the safety system. If you believe this is an error, contact us at help.example.com and include the request ID req_123.
This request has been blocked by our content filters. Please adjust your text prompt to submit a new request.
Our filters automatically flagged this prompt because it may conflict our AUP or AWS Responsible AI Policy.
The generated video has been blocked by our content filters.
The response was filtered due to the prompt triggering our content management policy. Please modify your prompt and retry.
Your task failed as a result of our safety system.
The prompt could not be submitted. This prompt contains words that violate Google's Responsible AI practices. Try rephrasing the prompt.
The prompt could not be submitted. Your prompt contains sensitive words that violate our Responsible AI practices.
Sorry, your request could not be completed because your prompt may violate our generative AI prohibited use policy.
We encountered an issue with the audio for your prompt, which means we could not create your video. This can sometimes happen due to our safety filters or other processing issues.
Veo could not generate videos because the input image violates usage guidelines.
The response is blocked, as it may violate our policies. If you believe this is an error, please send feedback to your account team.
Image generation failed with the following error: The input image contains content that has been blocked by your current safety settings for person/face generation.
Unable to show generated images. All images were filtered out because they violated Vertex AI's usage guidelines.
Your current safety filter threshold filtered out 2 generated videos.
The request failed because the output video may contain sensitive information. Request id: 0217
The request failed because the input image may contain real person.
The request failed because the input text may contain sensitive information.
The request failed because the output audio may be related to copyright restrictions.
video description contains sensitive content
output new_sensitive
input new_sensitive
input new_sensitive, messages[10]'s content[0] image is sensitive, please check your input (1026)
Failure to pass the risk control system
Input data may contain inappropriate content.
Output data is suspected of being involved in sensitive information.
Output data may contain inappropriate content.
Content security warning: The input text data may contain inappropriate content!
The content could not be processed because it contained material flagged by a content checker.
body.prompt: The content could not be processed because it contained material flagged by a content checker.
The generated image was blocked by the safety filter.
The input or output was flagged as sensitive. Please try again with different inputs. (E005)
NSFW content detected. Try running it again, or try a different prompt.
Potential NSFW content was detected in one or more images. A black image will be returned instead. Try again with a different prompt and/or seed.
Your request was flagged by our content moderation system, as a result your request was denied and you were not charged.
Frame 0 contains moderated content
Prompt contains moderated content
400: prompt not allowed because advanced moderation failed
Request Moderated
Content Moderated
Your prompt has been flagged by our moderation system.
This content may violate our guardrails concerning similarity to third-party content.
We're so sorry, but the prompt may violate our guardrails around nudity, sexuality, or erotic content.
This content may violate our content policies.
This content can't be shown right now. We're still developing how we evaluate which content conflicts with our policies.
Our systems flagged that this prompt may violate our guidelines.
The content failed to pass moderation.
Content moderation: the generated video did not pass review.
The task was rejected because of content moderation.
Text moderation failed
Image moderation failed: inappropriate
celebrity recognized
Celebrity likeness detected in the image
The image contains a real person's face, which is not allowed.
Prompt contains banned words
The prompt contains banned words: blood
Banned prompt detected
Prompt contains forbidden words
Sorry! Our AI moderator thinks this prompt is probably against our community standards.
Your input contains content that goes against our terms of service
Blocked due to policy violation
The generated image was blocked due to safety policy violation, please modify your prompt and try again
Prompt rejected for safety reasons
Your resource has been temporarily blocked because we detected behavior that may violate our content policy.
We have detected that your prompt may be unsafe
The prompt was deemed unsafe
Unsafe frames detected
unsafe prompt detected
Unsafe content detected
Explicit content is not permitted
Content rejected by moderation
Pre Img Risk Not Pass
Post Video Risk Not Pass
Text Risk Not Pass
The image failed our safety checks
The prompt was rejected because it contains violence
We can't generate videos of minors
Generation blocked: depicts a public figure
We cannot create videos of real people
The request was blocked for copyright reasons
This prompt may generate copyrighted characters
Detected intellectual property infringement in the image
Your prompt did not pass our safety review
The video was removed for violating our terms of use
Generated video rejected by content filter after 3 attempts
The generated content was filtered for policy reasons
Content filter triggered
Sensitive content detected
Contains sensitive words: xx
This prompt is too explicit
The prompt is inappropriate
Your image appears to contain nudity
Input image is not allowed: contains nude person
Hate or harassment detected
Prompt violates safety guidelines
Invalid prompt: your prompt was flagged as potentially violating our usage policy. Please try again with a different prompt.
Generation failed: content policy
Failed due to content policy restrictions
Content violates the platform's rules
Illegal content detected in prompt
The uploaded image contains sensitive or illegal content
The text you entered contains sensitive words
Prompt blocked by provider content moderation (code 1301)
系统检测到输入或生成内容可能包含不安全或敏感内容，请您避免输入易产生敏感内容的提示语，感谢您的配合。
内容审核不通过
提示词违规
输入文本包含敏感词
This prompt has been blocked. Our system automatically flagged this prompt because it may conflict with our content policy.
We could not generate this video because of our safety policies.
Your request may contain content that is not allowed by our safety system.
HARM_CATEGORY_SEXUALLY_EXPLICIT
The model refused to generate the video for safety reasons.
The video cannot be generated as the prompt contains content related to self-harm
Trademark or copyrighted content found in prompt
The input contains personally sensitive imagery
Disturbing content is not allowed
Graphic violence is not allowed
The prompt may produce harmful content.
Prompt contains profanity.
Your request was flagged
violates policy
Content is against our policies
Your prompt goes against OpenAI policies
This request was flagged for unsafe content
Prompt flagged for violence
The generation was blocked by Google's safety filters
Video blocked: RAI
Blocked by Responsible AI filters
The content you requested is not allowed
Prompt violates Terms of Service
We detected inappropriate content in your image
Your image contains inappropriate content
Your video contains adult content
Offensive language detected
Your prompt may contain sensitive content
potentially sensitive content
Content contains sensitive info
image contains sensitive information
prompt sensitive
Text contains sensitive information
contains sexual content
sexual content not allowed
Sexually suggestive content detected
suggestive content
The video was blocked because it may contain a minor
Child safety violation
Prompt contains prohibited words
The prompt is prohibited
Prompt is not compliant with our content guidelines
Your prompt does not comply with our content policy.
not in line with our community guidelines
Your generation was moderated
The output was moderated.
Output video moderated
Blocked by moderation filter
Rejected by moderators
Rejected: NSFW
Safety filter blocked the request
Safety check failed
Generation stopped by safety filter
The request did not pass the content check
Content review failed
Your request was declined for violating the usage policies
Refused by the model's safety policy
The task was blocked by content safety
Content safety check failed
content_policy_violation: prompt rejected
Task failed: SAFETY.INPUT.IMAGE
This image may violate our content guidelines
The image violates our rules on nudity
Input contains hateful content
hate speech
bloody or violent content
Harmful content detected in prompt
The uploaded image may include a public figure
The prompt mentions a celebrity
The prompt contains the name of a public figure
contains likeness of a public figure
Copyright infringement detected
The request contains copyrighted material
Input blocked due to third-party IP
prompt may infringe on intellectual property
Face of a real person detected
politically sensitive content
Political content is not allowed
The prompt is politically sensitive
Contains illegal content
Drug-related content is prohibited
Weapon content is not allowed
Violates the terms of use
Sorry, this violates our usage guidelines
Video generation was rejected by upstream content review
Your prompt triggered our safety filters
Generation blocked by content moderation
Image rejected by our moderation
moderation rejected the prompt
The prompt was blocked
Your content was blocked because of our policies
Prompt rejected by policy
failed moderation
Did not pass moderation
The input was rejected by the content-safety system
Content-policy violation
content-filter triggered
Output blocked by content-filter
self harm content
Prohibited content
PROHIBITED CONTENT
Request contains disallowed content
`);

/** A parameter, an outage, a rule about traffic or form, or another sense of a word. */
const NOT_MODERATED = lines(`
thread-unsafe video decoder
The violence of motion parameter is out of range
moderate motion is not supported
moderate_motion must be a boolean
motion must be one of low, moderate, high
The moderation service is temporarily unavailable
Failed to reach the moderation service
Request failed: safety checker timed out
safety_tolerance must be between 0 and 6
'moderation' must be one of auto, low
Unknown field: moderation
unrecognized parameter 'safety_checker'
enable_safety_checker should be a boolean
The prompt is case sensitive
This endpoint is time-sensitive
The image has an inappropriate aspect ratio
An explicit prompt is required
illegal image format
restricted language code
The value violates the schema
value violates unique constraint
This violates our rate limit policy
quota exceeded: see the usage policy
Keep a safety margin of 5 pixels
The operation is not permitted
No content received
Body validation error
The camera motion "moderate" is invalid
motion_strength: moderate is not allowed
body.safety_tolerance: Input should be less than or equal to 6
enable_safety_checker: value could not be parsed to a boolean
body.moderation: Input should be 'auto' or 'low'
Invalid value for moderation: must be one of auto, low
Invalid JSON payload received. Unknown name "safetySettings" at 'generation_config': Cannot find field.
Unknown parameter: 'moderation'.
Unrecognized request argument supplied: safety_identifier
nsfw_filter must be a boolean
body.nsfw: field required
'content_filter' is not a valid option
content_moderation: unexpected value; permitted: 'low', 'auto'
The field contentModeration is deprecated
publicFigureThreshold must be one of auto, low
contentModeration.publicFigureThreshold: Invalid enum value. Expected 'auto' | 'low'
Moderation service timed out, please retry
Moderation endpoint returned 500
Could not reach the content moderation API
Moderation could not be completed. Please try again.
Content moderation is currently unavailable.
Internal error in safety checker
Safety checker crashed: CUDA out of memory
Error while running the safety checker
Failed to load safety checker weights
Error calling moderation API: connection refused
Content filter service error
Moderation queue is full
Awaiting moderation quota
The safety system is overloaded
Failed to run content moderation: upstream 503
You have violated the rate limit policy
Rate limit policy exceeded
This violates our rate limits
Your account violates our fair use policy
Too many requests; see our usage policy
Request exceeds the usage policy for free accounts: 3 concurrent jobs
Concurrency policy violation: at most 2 tasks
Retention policy: the file was deleted after 24 hours
The bucket policy does not allow public reads
CORS policy: no Access-Control-Allow-Origin header
Content Security Policy blocked the request
Access denied by IAM policy
blocked by CORS policy
Request blocked by firewall policy
Organization policy constraint violated
Your plan's terms do not allow this model
Payment policy: card declined
model names are case-sensitive
Header names are case sensitive
The prompt is case-sensitive
time-sensitive request expired
This operation is latency sensitive
Sensitive parameter: api_key must not be sent in the query
Sensitive headers are not allowed
The request contains sensitive credentials in the URL
The value violates schema constraint "maxLength"
Data violates the JSON schema
request body violates the OpenAPI specification
foreign key constraint violated
violates unique constraint
Violation of minimum duration: 5
safety margin too small
Thread safety violation in worker
type safety check failed
job-safety lock could not be acquired
Please set an explicit aspect ratio
explicit duration is required for this model
An explicit image_url is required
Flag --fast is not supported
The feature flag is disabled for this account
flagged for deletion
This job was flagged as a duplicate
Your account has been flagged for review of payment
Request flagged as retry
inappropriate aspect ratio
The image has an inappropriate size
Inappropriate content type: text/html
Unsupported content type
prohibited characters in file name
Prohibited header: Host
Illegal character in path at index 3
Illegal argument: duration
illegal base64 data at input byte 4
Illegal image format
Restricted endpoint: contact sales
restricted to enterprise customers
This model is restricted in your region
forbidden
403 Forbidden
Access forbidden: invalid content length
adult speech rate must be between 1 and 2
graphic resolution is too low
Graphic card memory exceeded
Violent motion is not supported by this model
The content is too long
content length exceeded
Content checksum mismatch
The input image failed validation check
Image check failed: file is corrupted
The safety of this operation is unknown
Content filter parameter must be a boolean
Prompt must not be empty
prompt is not allowed with image_to_video mode
image is not allowed for this model
This person_generation value is not supported
personGeneration: allow_all is not allowed in your region
Real-time generation is not supported
minor version 3 is not supported
public figure_threshold option not supported
Video removed after retention period
Filter "vivid" is not supported
The video filter could not be applied
High risk of timeout: reduce duration
risk control parameter missing
Copyright header missing in the license file
The copyright field must be a string
Review pending
Manual review of your account is required
Community edition does not support this feature
Guidelines: prompt should be at most 1000 characters
Invalid prompt: too long
input not valid
Content-Type not allowed
The worker was killed: out of memory
harmful interference in shader cache
The offensive lineman image could not be loaded
Internal server error
unsafe-inline is not allowed
unsafe redirect blocked
Unsafe URL: private address
The URL is unsafe or cannot be fetched
Failed to download the image: blocked by robots.txt
The host refused the connection
Image URL was rejected: content type is text/html
Output video failed encoding
Moderation parameter is not supported
moderation: extra fields not permitted
The moderation level "strict" does not exist
Moderation level low requires a verified organization
safety_tolerance above 2 is not supported for this model
safety tolerance must be less than 5
You must accept the content policy before using this model
Please accept the usage policies in your dashboard
Please agree to our terms of service first
You have not accepted the terms of service
Content moderation is in progress
Your request is under moderation review
Moderation is pending
The job is waiting for moderation
moderate speed not available
Motion intensity: moderate
Camera moves at moderate speed only
traffic is moderate
The operation is sensitive to input length
API keys are sensitive
Sensitive data must not be in URLs
The seed is sensitive to resolution
Model name is case-sensitive: use gen4_aleph
Keys are case sensitive in prompt templates
Explicit consent is required to use this voice
explicit dimension missing
explicitly set duration
duration must be explicitly set
Unexpected flag
invalid flags
unknown flag: --motion
Flag 'upscale' is not allowed
The image flag is not set
Retry policy exhausted
Backoff policy violated
The lifecycle policy removed the file
Download blocked by hotlink policy
Referrer policy blocked the image
The image could not be fetched: blocked by the host's policy
URL blocked by policy
Access policy denied
Key policy violation
Password policy violation
Policy not found
Invalid policy
Storage policy violation: file too large
network policy blocked egress
Image violates size constraints
Video violates maximum duration
The video violates the aspect ratio rules
violates the limits of your plan
Content exceeds maximum size
Unsupported media content
Content could not be decoded
content not found
The content of the image_url could not be downloaded
Harmless warning ignored
The video contains no audio
The video contains no frames
Image contains an alpha channel
The image contains invalid metadata
prompt contains invalid characters
prompt contains unsupported characters
Prompt contains illegal characters
prompt contains forbidden characters
Prompt contains unsafe characters
Unsafe characters in URL
Unsafe file type
Unsafe content type
Restricted access to beta models
adult age verification required for account
The account owner must be an adult
not allowed to use this model
Video not allowed in this field
Generation of 4k is not allowed on your plan
The safety checker is disabled for this model
Safety checker cannot be disabled on this plan
disable_safety_checker is not allowed for your plan
You are not permitted to disable the safety filter
content filter configuration error
Internal moderation error
The moderation step failed with an internal error
Moderation timed out
Moderation check timed out
moderation provider unreachable
Error during moderation: timeout
The safety model could not be loaded
safety service 502
Upstream content filter returned an error
Service unavailable: moderation backend
Unable to verify content safety right now
Could not check the prompt for policy compliance, try again
minor issue in the request
A minor error occurred
The person in the image could not be detected
No person detected in the image
No face detected
Face not detected: image must show a real person
A real person must be visible in the image
character video must contain a face
Graphic overlay is not supported
Rendering blocked by another job
The job was blocked by a previous job
Job rejected: queue full
Request rejected: too many requests
Rejected by load balancer
Request refused: maintenance
worker denied access to model weights
Deprecated: use content instead
Sexagesimal time format is required
The title is offensive-lineup.mp4
Risk of data loss
prompt is required
blocked
rejected
failed
`);

const CODES = lines(`
SAFETY.INPUT.TEXT INPUT_PREPROCESSING.SAFETY.TEXT SafetyError Moderation ContentModerated content_policy_violation
moderation_blocked NSFW DataInspectionFailed InputTextSensitiveContentDetected PROHIBITED_CONTENT AuditSubmitIllegal
CreationPolicyViolation ImageModerationError TextModerationError CelebrityRecognizedError content_filter
content_filtered_error sentinel_block output_moderation input_moderation RAI_FILTERED ResponsibleAIPolicyViolation
content_safety_violation PUBLIC_ERROR_UNSAFE_GENERATION PUBLIC_ERROR_SEXUAL PUBLIC_ERROR_MINOR
PUBLIC_ERROR_PROMINENT_PEOPLE_FILTER_FAILED IMAGE_SAFETY BLOCKED_SAFETY BLOCKLIST FailedOperation.ModerationFailed
IPInfringementSuspect OperationDenied.TextIllegalDetected InputVideoSensitiveContentDetected.PrivacyInformation
OutputAudioSensitiveContentDetected.PolicyViolation risk_control_failed prompt_blocked prompt_flagged
nsfw_content_detected explicit_content adult_content illegal_content sensitive unsafe UnsafeContentError
HARM_CATEGORY_SEXUALLY_EXPLICIT content_moderation flagged safety_violation CONTENT_BLOCKED moderation.failed
policy_violation
`).flatMap((line) => line.split(" "));

const OTHER_CODES = lines(`
INTERNAL.BAD_OUTPUT.CODE01 MODERATION_SERVICE_UNAVAILABLE SAFETY_CHECK_TIMEOUT INVALID_SAFETY_TOLERANCE ASSET.INVALID
ModerateMotionError rate_limit_exceeded rate_limit_policy_violation CONTENT_TYPE_NOT_ALLOWED CONTENT_LENGTH_REQUIRED
invalid_content unsafe_url UNSAFE_REDIRECT PROHIBITED_METHOD DISALLOWED_HOST INAPPROPRIATE_SIZE CASE_SENSITIVE
FLAGGED_ACCOUNT IllegalArgument IllegalArgumentException illegal_character IllegalState content_too_long
ContentTooLarge UNSUPPORTED_CONTENT InternalModerationError ModerationTimeout moderation_unavailable
filter_not_supported THREAD_SAFETY content_not_found VideoContentError image_blocked_by_host InvalidPrompt
MinorVersionMismatch explicit_duration_required POLICY_NOT_FOUND access_policy_denied IAMPolicyDenied
PUBLIC_ERROR_HIGH_TRAFFIC content_filter_unavailable unsafe_content_type TypeError
`).flatMap((line) => line.split(" "));

describe("moderation", () => {
  it.each(MODERATED)("is meant by %j", (text) => {
    expect(saysModerated(text)).toBe(true);
    expect(saysModerated(text.toUpperCase())).toBe(true);
  });

  it.each(NOT_MODERATED)("is not meant by %j", (text) => {
    expect(saysModerated(text)).toBe(false);
    expect(saysModerated(text.toUpperCase())).toBe(false);
  });

  it.each(CODES)("is meant by the code %s", (code) => {
    expect(isModerationCode(code)).toBe(true);
    expect(readReason({ error: { code, message: "not this" } }).isModerated).toBe(true);
    expect(readReason({ error: { name: code } }).isModerated).toBe(true);
    expect(readReason({ error: code }).isModerated).toBe(true);
    expect(readReason({ failure: "not this", failureCode: code }).isModerated).toBe(true);
  });

  it.each(OTHER_CODES)("is not meant by the code %s", (code) => {
    expect(isModerationCode(code)).toBe(false);
    expect(readReason({ error: { code, message: "broke" } }).isModerated).toBe(false);
  });

  it("is detected in each sentence separately", () => {
    expect(saysModerated("The moderation service timed out. Your prompt contains nudity.")).toBe(true);
    expect(saysModerated("Your prompt was blocked by our safety filter.\nSee our rate limit policy.")).toBe(true);
    expect(saysModerated("The moderation service timed out. Please try again.")).toBe(false);
  });

  it.each([
    "violates our a ",
    "flagged a b ",
    "blocked a b c ",
    "sensitive or ",
    "can't create ",
    "safety ",
    "a",
    "敏感",
  ])("is detected quickly in a long text of %j", (unit) => {
    expect(typeof saysModerated(unit.repeat(4_000 / unit.length))).toBe("boolean");
  });

  it("is detected in every text of an answer", () => {
    const detail = [{ loc: ["body", "prompt"], msg: "It contained material flagged by a content checker.", type: "x" }];
    const answer = { status: "ERROR", error: "Invalid status code: 422", payload: { detail } };
    expect(readReason(answer)).toEqual({ message: "Invalid status code: 422", isModerated: true });
    const details = [{ reason: "PUBLIC_ERROR_UNSAFE_GENERATION" }];
    expect(readReason({ error: { message: "Invalid argument.", details } }).isModerated).toBe(true);
    expect(readReason({ error: "A worker was lost", message: "Content moderation passed" }).isModerated).toBe(false);
  });
});
