import "./no-telemetry.ts";

// How is clipfind? `@clipfind/core/doctor`. Apart from the main entry and its bundle, which load native parts that may be
// what is broken.
export { type Diagnosis, type DiagnosisRequest, diagnose } from "./doctor/diagnose.ts";
export type { DeviceReport } from "./doctor/check-devices.ts";
export type { Finding } from "./doctor/finding.ts";
