import { commonSettings } from '@motorpool/service/common-settings.ts';

/** The settings of service 3. */
export const declaration = commonSettings(5002);
