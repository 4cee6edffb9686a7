import type { LibraryPlace } from "../library-directory.ts";
import { checkDevices, type DeviceWish, type DevicesReport } from "./check-devices.ts";
import { checkLibrary, type LibraryReport } from "./check-library.ts";
import { checkMachine, type MachineReport } from "./check-machine.ts";
import { checkModels, type ModelsPlace, type ModelsReport } from "./check-models.ts";
import { checkSoftware, type SoftwareReport } from "./check-software.ts";
import { type Finding, problem } from "./finding.ts";

/** What is to be looked at. */
export interface DiagnosisRequest extends LibraryPlace, ModelsPlace {
  /** Version of the program that asks. */
  readonly version: string;
  /** The device that is set, and by what: a variable or a file; CLIPFIND_DEVICE of `env` unless given. */
  readonly device?: DeviceWish | undefined;
}

/** How clipfind is, and what to do about what is not well. Names no file but by its path, and nothing in it. */
export interface Diagnosis {
  readonly software: SoftwareReport;
  readonly machine: MachineReport;
  readonly devices: DevicesReport;
  readonly models: ModelsReport;
  readonly library: LibraryReport;
  readonly findings: readonly Finding[];
}

/**
 * Looks at everything that clipfind needs, each part by itself. Reads only, uses no network, and works where a library,
 * a model or a native part is damaged or absent.
 * @throws the signal's reason
 */
export async function diagnose(request: DiagnosisRequest): Promise<Diagnosis> {
  const [software, ofSoftware] = await checkSoftware(request.version);
  const [machine, ofMachine] = await checkMachine();
  const [devices, ofDevices] = await checkDevices(
    request.device ?? { wished: request.env["CLIPFIND_DEVICE"] || "auto", from: "CLIPFIND_DEVICE" },
  );
  const [models, ofModels] = await checkModels(request);
  const whole = new Set(models.models.filter((model) => model.whole).map(({ directory }) => directory));
  const [library, ofLibrary] = await checkLibrary(request, whole, request.signal);
  const findings = [
    ...ofSoftware,
    ...ofMachine,
    ...ofDevices,
    ...ofModels,
    ...ofLibrary,
    ...watching(machine, library),
  ];
  return { software, machine, devices, models, library, findings: findings.toSorted(bySeverity) };
}

/** Problems first, else in their order. */
function bySeverity(a: Finding, b: Finding): number {
  return Number(a.severity === "note") - Number(b.severity === "note");
}

function watching({ watches }: MachineReport, { folders }: LibraryReport): Finding[] {
  if (watches === null || folders === null || folders < watches.folders) return [];
  const what = `${folders} folders hold photos, and ${watches.folders} may be watched: \`clipfind watch\` will not hear of all changes`;
  return [problem(what, `Raise the limit: \`sudo sysctl fs.inotify.max_user_watches=${4 * folders}\``)];
}
