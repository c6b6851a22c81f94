"""What the codes of the real-time answers mean.

Codes are those of the SmartPVMS documents 24.2 to 26.2.0; the values are the states
of the sensors, translated under `entity.sensor`.
"""

from typing import Final

PLANT_HEALTH: Final = {
    1: "disconnected",
    2: "faulty",
    3: "healthy",
}

METER_STATUS: Final = {
    0: "offline",
    1: "normal",
}

BATTERY_STATUS: Final = {
    0: "offline",
    1: "standby",
    2: "running",
    3: "faulty",
    4: "hibernating",
    5: "restarting",
}

# An all-in-one knows no restart of its battery alone.
ALL_IN_ONE_BATTERY_STATUS: Final = {
    code: meaning for code, meaning in BATTERY_STATUS.items() if meaning != "restarting"
}

BATTERY_RACK_STATE: Final = {
    0: "initial_power_on",
    1: "powered_off",
    2: "float_charge",
    3: "equalized_charge",
    4: "discharging",
    5: "charging",
    6: "test",
    7: "hibernating",
    8: "standby",
}

MAINS_STATE: Final = {
    0: "absent",
    1: "present",
}

# The cloud's "unknown" is named otherwise, since Home Assistant has a state of that name.
GRID_QUALITY: Final = {
    0: "not_determined",
    1: "class_1",
    2: "class_2",
    3: "class_3",
    4: "class_4",
}

GENSET_STATE: Final = {
    0: "not_determined",
    1: "stopped",
    2: "running",
}

# 0 is on, as printed in the documents.
SWITCH_STATE: Final = {
    0: "on",
    1: "off",
}

WORKING_MODE: Final = {
    0: "none",
    1: "forced_charge_discharge",
    2: "time_of_use_price",
    3: "fixed_charge_discharge",
    4: "maximum_self_consumption",
    5: "fully_fed_to_grid",
    6: "time_of_use",
    7: "remote_maximum_self_consumption",
    8: "remote_fully_fed_to_grid",
    9: "remote_time_of_use",
    # An earlier document calls 10 a dispatch by EMMA.
    10: "energy_management",
    11: "remote_energy_management",
    12: "third_party_dispatch",
}

INVERTER_STATE: Final = {
    0x0000: "standby_initializing",
    0x0001: "standby_insulation_resistance_detecting",
    0x0002: "standby_irradiation_detecting",
    0x0003: "standby_grid_detecting",
    0x0004: "standby_safe_mode",
    0x0005: "standby_wiring_detection",
    0x0006: "standby_soft_starting",
    0x0007: "standby_initializing_after_storage",
    0x0100: "starting",
    0x0200: "grid_connected",
    0x0201: "grid_connected_power_limited",
    0x0202: "grid_connected_self_derating",
    0x0203: "off_grid",
    0x0204: "running_hot_standby",
    0x0205: "running_hot_standby_reactive_compensation",
    0x0206: "running_pq",
    0x0207: "running_vsg",
    0x0208: "running_power_limited",
    0x0209: "running_self_derating",
    0x020A: "running_cold_standby",
    0x020B: "running_battery_power_limited",
    0x020C: "running_all_in_one_power_limited",
    0x020D: "running_battery_soc_hold",
    0x0300: "shutdown_fault",
    0x0301: "shutdown_command",
    0x0302: "shutdown_ovgr",
    0x0303: "shutdown_communication_interrupted",
    0x0304: "shutdown_power_limited",
    0x0305: "shutdown_manual_startup_required",
    0x0306: "shutdown_dc_switch_disconnected",
    0x0307: "shutdown_rapid_shutdown",
    0x0308: "shutdown_input_underpower",
    0x0309: "shutdown_ns_protection",
    0x030A: "shutdown_rapid_shutdown_command",
    0x030B: "shutdown_backup_system_abnormal",
    0x030C: "shutdown_battery_discharge_cutoff",
    0x030D: "shutdown_manual_black_start_required",
    0x030E: "shutdown_dry_contact",
    0x030F: "shutdown_battery_shutdown_command",
    0x0310: "shutdown_ac_bus_abnormal",
    0x0311: "shutdown_active_fuse_abnormal",
    0x0401: "grid_scheduling_cos_phi_p_curve",
    0x0402: "grid_scheduling_q_u_curve",
    0x0403: "grid_scheduling_pf_u_curve",
    0x0404: "grid_scheduling_dry_contact",
    0x0405: "grid_scheduling_q_p_curve",
    0x0500: "ready_for_terminal_test",
    0x0501: "terminal_testing",
    0x0600: "inspection",
    0x0700: "afci_self_check",
    0x0800: "iv_scanning",
    0x0900: "dc_input_detection",
    0x0A00: "off_grid_charging",
    0x0A01: "standby_backup_system_abnormal",
    0xA000: "standby_no_irradiation",
    0xA001: "standby_no_dc_input",
    # Written by a SmartLogger in the inverter's stead.
    0xB000: "communication_interrupted",
    0xC000: "loading",
}
