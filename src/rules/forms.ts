import type { RuleForm } from './rule-form.js';
import { suricata } from './suricata.js';
import { tshark } from './tshark.js';
import { zeek } from './zeek.js';

/** Every language that `waxseal rules` writes. */
export const RULE_FORMS: readonly RuleForm[] = [suricata, zeek, tshark];
