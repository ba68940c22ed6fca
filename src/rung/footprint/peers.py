"""Published formulas of other tools, each as it stands in the tool: to reproduce its figures and see why ours differ.

None of these computes a figure of ours, with one exception: `ecologits` is offered, under its own name and with its
own error source, as a model of the energy of hosted language models.

| tool | differs from ours in |
|---|---|
| Cloud Carbon Footprint | PUE also on network traffic; utilisation taken as 50% where unknown |
| Impact Framework | disks: 100 kg for a hard disk and 50 kg for an SSD, CCF has it the other way round |
| CodeCarbon | CPU power with the cube of the load; memory by assumed DIMMs; world average for unknown regions |
| Green Algorithms | full TDP of every core asked for, memory powered by the gigabyte, PUE of 1.56 where unknown |
| EcoLogits | energy from output tokens and parameters alone, at one assumed batch of 64 on one kind of server |
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from rung.units import HOURS_PER_YEAR, S_PER_HOUR

W_PER_KW: Final = 1000.0


# -- Cloud Carbon Footprint --------------------------------------------------------------------------------------------


def ccf_compute_kwh(
    vcpu_hours: float, *, min_w: float, max_w: float, utilisation: float, pue: float, replication: float = 1.0
) -> float:
    """Compute energy [kWh] = vCPU-hours x (min + utilisation x (max - min)) / 1000 x PUE x replication.

    Source: cloudcarbonfootprint.org, methodology, "Compute"; packages/core ComputeEstimator.
    """
    return vcpu_hours * (min_w + utilisation * (max_w - min_w)) / W_PER_KW * pue * replication


def ccf_memory_kwh(gb_hours: float, *, kwh_per_gbh: float = 0.000392, pue: float, replication: float = 1.0) -> float:
    """Memory energy [kWh] = GB-hours x 0.000392 kWh/GBh x PUE x replication (CCF methodology, "Memory")."""
    return gb_hours * kwh_per_gbh * pue * replication


def ccf_storage_kwh(tb_hours: float, *, wh_per_tbh: float, pue: float, replication: float = 1.0) -> float:
    """Storage energy [kWh] = TB-hours x Wh/TBh / 1000 x PUE x replication; SSD 1.2, HDD 0.65 (CCF, "Storage")."""
    return tb_hours * wh_per_tbh / W_PER_KW * pue * replication


def ccf_network_kwh(gigabytes: float, *, kwh_per_gb: float = 0.001, pue: float) -> float:
    """Network energy [kWh] = GB x 0.001 kWh/GB x PUE (CCF, "Networking").

    Ours has no PUE here: the published energies per gigabyte are of the equipment in the field, cooling included.
    """
    return gigabytes * kwh_per_gb * pue


def ccf_embodied(total: float, *, hours: float, lifespan_h: float, vcpu: float, platform_vcpu: float) -> float:
    """Embodied carbon, in the unit of `total`: M = TE x TiR/EL x RR/TR (CCF, "Embodied emissions"; SCI)."""
    return total * (hours / lifespan_h) * (vcpu / platform_vcpu)


def ccf_platform_embodied_kg(
    *, memory_gb: float, processors: int, hdds: int = 0, ssds: int = 0, gpus: int = 0
) -> float:
    """Embodied carbon of a platform [kgCO2e], by the rule that CCF took over from Teads.

    1000 kg with one processor and 16 GB; 533 kg for each further 384 GB; 100 kg for each further processor, 50 kg for a
    hard disk, 100 kg for an SSD, 150 kg for a GPU. Source: ccf-coefficients, README and embodied coefficients.
    """
    memory = max(memory_gb - 16, 0) * 533 / 384
    return 1000 + memory + 100 * (processors - 1) + 50 * hdds + 100 * ssds + 150 * gpus


# -- Green Software Foundation, Impact Framework -----------------------------------------------------------------------

TEADS_UTILISATION: Final = (0.0, 10.0, 50.0, 100.0)
TEADS_SHARE_OF_TDP: Final = (0.12, 0.32, 0.75, 1.02)


def impact_framework_cpu_kwh(
    duration_s: float,
    *,
    utilisation_pct: float,
    tdp_w: float,
    vcpus: float,
    vcpus_total: float,
    curve_pct: Sequence[float] = TEADS_UTILISATION,
    curve_share: Sequence[float] = TEADS_SHARE_OF_TDP,
) -> float:
    """CPU energy [kWh] = duration x TDP x curve(utilisation) x vCPUs / vCPUs of the machine.

    The curve is piecewise linear. Source: Impact Framework, pipeline "teads-curve" (Interpolation, Multiply, Divide).
    """
    watts = tdp_w * interpolated(utilisation_pct, curve_pct, curve_share)
    return duration_s / S_PER_HOUR * watts / W_PER_KW * (vcpus / vcpus_total)


def impact_framework_embodied_g(
    duration_s: float,
    *,
    vcpus: float = 1,
    memory_gb: float = 16,
    ssds: int = 0,
    hdds: int = 0,
    gpus: int = 0,
    baseline_g: float = 1_000_000,
    vcpu_g: float = 100_000,
    memory_g_per_gb: float = 533_000 / 384,
    hdd_g: float = 100_000,
    ssd_g: float = 50_000,
    gpu_g: float = 150_000,
    lifespan_s: float = 4 * HOURS_PER_YEAR * S_PER_HOUR,
) -> float:
    """Embodied carbon [gCO2e] = (baseline + parts beyond the baseline server) x duration / lifespan.

    The baseline is one vCPU and 16 GB without disks. Source: Impact Framework, builtin SciEmbodied. Its constants for
    hard disk and SSD are the other way round than in the CCF rule that it cites.
    """
    parts = (vcpus - 1) * vcpu_g + (memory_gb - 16) * memory_g_per_gb + hdds * hdd_g + ssds * ssd_g + gpus * gpu_g
    return (baseline_g + parts) * duration_s / lifespan_s


def interpolated(x: float, xs: Sequence[float], ys: Sequence[float]) -> float:
    """The piecewise linear curve through (xs, ys) at `x`, which lies between its ends.

    Raises:
        ValueError: it does not.
    """
    if not xs[0] <= x <= xs[-1]:
        raise ValueError(f"{x} is not on a curve from {xs[0]} to {xs[-1]}")
    right = min(bisect_right(xs, x), len(xs) - 1)
    share = (x - xs[right - 1]) / (xs[right] - xs[right - 1])
    return ys[right - 1] + share * (ys[right] - ys[right - 1])


# -- CodeCarbon --------------------------------------------------------------------------------------------------------

CODECARBON_WORLD_G_PER_KWH: Final = 475.0
"""IEA 2019, as in codecarbon 3.3.2: what it takes for a place without a row."""


def codecarbon_kg(kwh: float, *, intensity_g_per_kwh: float | None = None) -> float:
    """Emissions [kgCO2e] = kWh x intensity; without an intensity, the world average of 475 g/kWh.

    codecarbon 3.3 has rows for some forty Google Cloud regions. Any other cloud region, `us-east-1` and `eastus`
    included, ends here when the machine cannot be located. Ours raises `MissingFactor` where it has no row.
    """
    grams = CODECARBON_WORLD_G_PER_KWH if intensity_g_per_kwh is None else intensity_g_per_kwh
    return kwh * grams / 1000


def codecarbon_cpu_w(tdp_w: float, *, load: float) -> float:
    """CPU power [W] = TDP x (0.1 + 0.9 x load^3), load in [0, 1]: codecarbon 3.3 without RAPL, machine mode."""
    return tdp_w * (0.1 + 0.9 * load**3)


def codecarbon_ram_w(gigabytes: float, *, arm: bool = False) -> float:
    """Memory power [W] by a guessed number of DIMMs: codecarbon 3.3, external/ram.py.

    5 W for each of the first four DIMMs (1.5 W on ARM), 90% of it for the next four, 80% for the next eight, 70% for
    the rest; at least two DIMMs' worth.
    """
    per_dimm = 1.5 if arm else 5.0
    dimms = codecarbon_dimms(gigabytes)
    steps = ((0, 4, 1.0), (4, 8, 0.9), (8, 16, 0.8), (16, 32, 0.7))
    total = sum(max(min(dimms, end) - start, 0) * share for start, end, share in steps) * per_dimm
    return max(total, 2 * per_dimm)


def codecarbon_dimms(gigabytes: float) -> int:
    """How many DIMMs codecarbon 3.3 takes a memory to be made of."""
    for up_to, dimms in ((2, 1), (16, 2), (64, 4), (128, 8)):
        if gigabytes <= up_to:
            return dimms
    largest = max((size for size in (4, 8, 16, 32, 64, 128) if size <= gigabytes / 8), default=4)
    return min(math.ceil(gigabytes / largest), 32)


# -- Green Algorithms --------------------------------------------------------------------------------------------------


def green_algorithms_kwh(
    hours: float,
    *,
    cores: float,
    w_per_core: float,
    cpu_use: float = 1.0,
    gpus: float = 0.0,
    w_per_gpu: float = 0.0,
    gpu_use: float = 1.0,
    memory_gb: float,
    pue: float = 1.56,
    multiplicity: float = 1.0,
) -> float:
    """Energy [kWh] = h x PUE x (cores x W/core x use + GPUs x TDP x use + GB x 0.3725) x multiplicity / 1000.

    Source: Lannelongue, Grealey, Inouye, Advanced Science 2021, equation 1; calculator v3. Cores are those asked for.
    """
    watts = cores * w_per_core * cpu_use + gpus * w_per_gpu * gpu_use + memory_gb * 0.3725
    return hours * pue * watts * multiplicity / W_PER_KW


# -- EcoLogits ---------------------------------------------------------------------------------------------------------

ECOLOGITS_BATCH: Final = 64


@dataclass(frozen=True, slots=True)
class EcoLogits:
    """What EcoLogits 0.11.3 says of one request.

    Args:
        it_kwh: servers and GPUs [kWh].
        energy_kwh: with PUE [kWh].
        gwp_usage_kg, gwp_embodied_kg: [kgCO2e].
        water_l: [L].
        adpe_kgsb: depletion of metals, usage and embodied [kgSbeq].
        pe_mj: primary energy, usage and embodied [MJ].
    """

    it_kwh: float
    energy_kwh: float
    gwp_usage_kg: float
    gwp_embodied_kg: float
    water_l: float
    adpe_kgsb: float
    pe_mj: float

    @property
    def gwp_kg(self) -> float:
        """Usage and embodied [kgCO2e]."""
        return self.gwp_usage_kg + self.gwp_embodied_kg


def ecologits_gpus(total_b: float) -> int:
    """GPUs of 80 GB that hold the weights at 16 bits with a fifth on top, a power of two."""
    return 2 ** math.ceil(math.log2(math.ceil(1.2 * total_b * 16 / 8 / 80)))


def ecologits_latency_s(output_tokens: float, *, active_b: float) -> float:
    """Time to generate, from a regression at a batch of 64 [s]."""
    return output_tokens * ecologits_itl_s(active_b=active_b, batch=ECOLOGITS_BATCH)


def ecologits_gpu_j_per_token(*, active_b: float, batch: float, gpus: int) -> float:
    """Energy of the GPUs for an output token [J], with a batch and a number of GPUs that are known; server left out.

    GPUs x (1.1665e-6 x exp(-0.0112 x batch) x active + 4.0529e-5) Wh: EcoLogits 0.11.3, "LLM inference".
    """
    wh = 1.1665273170451914e-06 * math.exp(-0.011205921025579175 * batch) * active_b + 4.052928146734005e-05
    return gpus * wh * S_PER_HOUR


def ecologits_itl_s(*, active_b: float, batch: float) -> float:
    """Time of an output token with a batch that is known [s]: the same source."""
    return 0.0006785088094353663 * active_b + 0.0003119310311688259 * batch + 0.019473717579473387


def ecologits_it_kwh(output_tokens: float, *, active_b: float, total_b: float, latency_s: float | None = None) -> float:
    """IT energy of a request [kWh]: GPUs by a regression on output tokens, and their server's share of time.

    GPU: (1.1665e-6 x exp(-0.0112 x 64) x active + 4.0529e-5) / 1000 kWh for each token and GPU; server: 1.2 kW x its
    share of eight GPUs / 64 requests, over the latency (the measured one where it is shorter).
    Source: EcoLogits 0.11.3 (MPL-2.0), methodology "LLM inference". Input tokens do not count.
    """
    return _ecologits_work(output_tokens, active_b, total_b, latency_s)[0]


def ecologits_embodied_kg(
    output_tokens: float, *, active_b: float, total_b: float, latency_s: float | None = None
) -> float:
    """Embodied carbon of a request [kgCO2e] = time x (GPUs / 8 x 5700 + GPUs x 273) / (3 years x 64): EcoLogits."""
    _, time_s, gpus = _ecologits_work(output_tokens, active_b, total_b, latency_s)
    return _ecologits_share(time_s) * (gpus / 8 * 5700 + gpus * 273)


def ecologits(
    output_tokens: float,
    *,
    active_b: float,
    total_b: float,
    pue: float,
    wue_l_per_kwh: float,
    gwp_kg_per_kwh: float,
    grid_water_l_per_kwh: float,
    adpe_kgsb_per_kwh: float,
    pe_mj_per_kwh: float,
    latency_s: float | None = None,
) -> EcoLogits:
    """All impacts of one request as EcoLogits 0.11.3 has them; embodied over three years and 64 requests at a time.

    Embodied of a server without GPUs 5700 kg, 0.37 kgSb, 70 GJ; of a GPU 273 kg, 0.00895 kgSb, 3721 MJ.
    """
    it_kwh, time_s, gpus = _ecologits_work(output_tokens, active_b, total_b, latency_s)
    kwh = pue * it_kwh
    share = _ecologits_share(time_s)
    return EcoLogits(
        it_kwh=it_kwh,
        energy_kwh=kwh,
        gwp_usage_kg=kwh * gwp_kg_per_kwh,
        gwp_embodied_kg=ecologits_embodied_kg(output_tokens, active_b=active_b, total_b=total_b, latency_s=latency_s),
        water_l=it_kwh * (wue_l_per_kwh + pue * grid_water_l_per_kwh),
        adpe_kgsb=kwh * adpe_kgsb_per_kwh + share * (gpus / 8 * 0.37 + gpus * 0.00895),
        pe_mj=kwh * pe_mj_per_kwh + share * (gpus / 8 * 70_000 + gpus * 3721),
    )


def _ecologits_share(time_s: float) -> float:
    """Of three years of a server that handles 64 requests at a time."""
    return time_s / (3 * HOURS_PER_YEAR * S_PER_HOUR * ECOLOGITS_BATCH)


def _ecologits_work(
    tokens: float, active_b: float, total_b: float, latency_s: float | None
) -> tuple[float, float, int]:
    """IT energy [kWh], time [s] and GPUs of a request."""
    gpus = ecologits_gpus(total_b)
    modelled_s = ecologits_latency_s(tokens, active_b=active_b)
    time_s = modelled_s if latency_s is None else min(modelled_s, latency_s)
    per_token = 1.1665273170451914e-06 * math.exp(-0.011205921025579175 * ECOLOGITS_BATCH) * active_b
    gpu_kwh = tokens * (per_token + 4.052928146734005e-05) / 1000
    server_kwh = time_s / S_PER_HOUR * 1.2 * gpus / 8 / ECOLOGITS_BATCH
    return server_kwh + gpus * gpu_kwh, time_s, gpus
