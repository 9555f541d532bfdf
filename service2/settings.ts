import { commonSettings } from '@motorpool/service/common-settings.ts';

/** The settings of service 2. */
export const declaration = commonSettings(5001);
