"""The SmartPVMS Northbound API of Huawei FusionSolar, without any of Home Assistant."""
