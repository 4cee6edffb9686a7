import { readFileSync } from "node:fs";
import { availableParallelism, cpus, release, totalmem, type } from "node:os";
import { formatBytes } from "../models/format-bytes.ts";
import { type Finding, note, problem } from "./finding.ts";

/** What clipfind runs on, and within which limits. */
export interface MachineReport {
  readonly system: string;
  readonly cpu: string;
  readonly cores: number;
  /** Cores that this process may use: fewer in a container, or where it is bound to some. */
  readonly usableCores: number;
  /** Instruction sets that matter here. */
  readonly features: readonly string[];
  /** What compares vectors; null where that is not possible. */
  readonly kernel: string | null;
  readonly kernels: readonly string[];
  readonly memory: number;
  /** Bytes that this process and its children may use, where a container limits them; else null. */
  readonly memoryLimit: number | null;
  /** Most open files of a process; null where the system does not say. */
  readonly openFiles: number | null;
  /** Linux: most folders that may be watched, and how many watchers there may be; else null. */
  readonly watches: { readonly folders: number; readonly watchers: number } | null;
}

/** An index run with one encoder takes about so much. */
const leastMemory = 900e6;

/** Looks at system, processor and limits. `CLIPFIND_KERNEL` that cannot be heeded is a problem. */
export async function checkMachine(): Promise<[MachineReport, Finding[]]> {
  const findings: Finding[] = [];
  // What is wrong with it is told where the software is looked at.
  const kernels = await import("../kernels.ts").then((module) => module.kernels()).catch(() => undefined);
  if (typeof kernels?.problem === "string") {
    const names = kernels.available.join(", ");
    findings.push(problem(kernels.problem, `Unset CLIPFIND_KERNEL, or set it to one of ${names}`));
  }
  const limit = process.constrainedMemory();
  const memoryLimit = limit > 0 && limit < totalmem() ? limit : null;
  if (memoryLimit !== null && memoryLimit < leastMemory) {
    findings.push(
      note(
        `This process may use ${formatBytes(memoryLimit)} of memory, an index run takes about ${formatBytes(leastMemory)}`,
        "Raise the container's limit, or index with --workers 1 and --max-memory",
      ),
    );
  }
  const openFiles = openFileLimit();
  if (openFiles !== null && openFiles < 256) {
    findings.push(problem(`A process may open ${openFiles} files at a time`, "Raise the limit: `ulimit -n 4096`"));
  }
  return [
    {
      system: `${type()} ${release()}, ${process.arch}`,
      cpu: (cpus()[0]?.model ?? "unknown").trim(),
      cores: cpus().length,
      usableCores: availableParallelism(),
      features: kernels?.features ?? [],
      kernel: kernels?.active ?? null,
      kernels: kernels?.available ?? [],
      memory: totalmem(),
      memoryLimit,
      openFiles,
      watches: watchLimits(),
    },
    findings,
  ];
}

/** The soft limit, which Node raises to the hard one when it starts. */
function openFileLimit(): number | null {
  // Names of hosts are no business of this report, and would be asked for over the network.
  const report = Object.assign(process.report, { excludeNetwork: true });
  const { userLimits } = report.getReport() as { userLimits?: { open_files?: { soft?: number | string } } };
  const soft = userLimits?.open_files?.soft;
  return typeof soft === "number" ? soft : null;
}

function watchLimits(): MachineReport["watches"] {
  const [folders, watchers] = ["max_user_watches", "max_user_instances"].map((name) => {
    try {
      return Number(readFileSync(`/proc/sys/fs/inotify/${name}`, "utf8"));
    } catch {
      return undefined;
    }
  });
  return folders === undefined || watchers === undefined ? null : { folders, watchers };
}
