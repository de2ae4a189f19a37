// In which of its network's regions a card was issued: some response codes mean another thing there. Holds the countries that public lists name, and no others.
import { networkNamed } from '../card-networks.ts';

export interface RegionCountries {
  /** As decline records name it. */
  readonly region: 'europe' | 'cemea';
  readonly networks: readonly string[];
  readonly countries: readonly string[];
  readonly source: string;
  readonly edition: string;
}

export const REGION_COUNTRIES: readonly RegionCountries[] = [
  {
    region: 'europe',
    networks: ['visa', 'mastercard'],
    countries:
      'AT BE BG HR CY CZ DK EE FI FR DE GR HU IS IE IT LV LI LT LU MT MC NL NO PL PT RO SK SI ES SE CH GB'.split(' '),
    // Where issuers ask for authentication by a decline. The networks' own Europe is wider; nobody publishes its list.
    source: 'Adyen docs, psd2-sca-compliance-and-implementation-guide/customers: EEA, Monaco, Switzerland, UK',
    edition: '2026-11-21',
  },
  {
    region: 'cemea',
    networks: ['visa'],
    countries: 'AL AM AZ BH BY BA GE KZ KE XK KW KG MD ME NG MK OM PK QA RS SA ZA TJ TM AE UA UZ'.split(' '),
    source: 'CyberSource docs, ccAuthService_authenticationOutageExemptionIndicator: countries in CEMEA for Visa',
    edition: '2026-11-21',
  },
];

const regions = new Map(
  REGION_COUNTRIES.flatMap(({ region, networks, countries }) =>
    networks.flatMap((network) => countries.map((country) => [`${network} ${country}`, region] as const)),
  ),
);

/** `null`: not told, or on no list; the record of all regions holds. */
export function networkRegion(network: string | null, issuerCountry: string | null): RegionCountries['region'] | null {
  if (issuerCountry === null) return null;
  return regions.get(`${networkNamed(network)} ${issuerCountry.toUpperCase()}`) ?? null;
}
