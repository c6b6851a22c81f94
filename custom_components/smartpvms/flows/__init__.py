"""The pages of the configuration, by what they are about; `config_flow.py` joins them."""
