// The state of a Cloudflare account, as far as a deployment changes it.

export interface LifecycleRule {
  readonly id: string;
  readonly enabled: boolean;
  readonly conditions: { readonly prefix?: string };
  readonly deleteObjectsTransition?: { readonly condition: { readonly type: string; readonly maxAge: number } };
  readonly abortMultipartUploadsTransition?: { readonly condition: { readonly type: string; readonly maxAge: number } };
}

/** R2 adds this rule to every new bucket. */
const DEFAULT_RULE: LifecycleRule = {
  id: "Default Multipart Abort Rule",
  enabled: true,
  conditions: { prefix: "" },
  abortMultipartUploadsTransition: { condition: { type: "Age", maxAge: 604_800 } },
};

export class CloudflareAccount {
  readonly buckets = new Map<string, LifecycleRule[]>();
  /** How often a version was deployed; 0: there is no Worker. */
  deployments = 0;
  readonly secrets = new Map<string, string>();
  /** Names of secrets, in the order in which they were set. A secret that is set twice is there twice. */
  readonly setSecrets: string[] = [];

  makeBucket(name: string): void {
    this.buckets.set(name, [DEFAULT_RULE]);
  }

  deploy(): void {
    this.deployments++;
  }

  setSecret(name: string, value: string): void {
    this.secrets.set(name, value);
    this.setSecrets.push(name);
  }

  /** Everything but the values of secrets, to compare accounts. */
  get outline() {
    return {
      buckets: [...this.buckets].map(([name, rules]) => ({
        name,
        rules: rules.map(({ id, conditions, deleteObjectsTransition }) => ({
          id,
          prefix: conditions.prefix,
          expires: deleteObjectsTransition?.condition.maxAge,
        })),
      })),
      isDeployed: this.deployments > 0,
      secrets: [...this.secrets.keys()].sort(),
    };
  }
}
