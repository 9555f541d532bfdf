import { commonSettings } from '@motorpool/service/common-settings.ts';

/** The settings of service 4. */
export const declaration = commonSettings(5003);
