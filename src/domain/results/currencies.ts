// The currencies of ISO 4217 and how many digits their minor unit has.
// Not asked of `Intl`: its digits follow CLDR (HUF, COP, IDR have 0 there) and change with the runtime; workerd and Node differ on RSD, and
// workerd does not know SLE. An amount must not change its meaning with a runtime.
// Source: ISO 4217 list one (maintenance agency SIX), codes in force on 2026-02-01; codes without a minor unit (gold, XDR, test codes) are left out.

const IN_FORCE = `
  AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BHD BIF BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC
  CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HTG HUF IDR ILS INR IQD IRR ISK JMD JOD JPY KES
  KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD
  OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY TTD
  TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAD XAF XCD XCG XOF XPF YER ZAR ZMW ZWG`;

const DIGITS_OTHER_THAN_TWO: readonly (readonly [digits: number, codes: string])[] = [
  [0, 'BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF'],
  [3, 'BHD IQD JOD KWD LYD OMR TND'],
  [4, 'CLF UYW'],
];

const digitsByCode = new Map<string, number>(
  IN_FORCE.trim()
    .split(/\s+/)
    .map((code) => [code, 2]),
);
for (const [digits, codes] of DIGITS_OTHER_THAN_TWO)
  for (const code of codes.split(' ')) digitsByCode.set(code, digits);

/** Digits of the minor unit; `null`: no currency of ISO 4217. Codes are upper case. */
export function minorDigits(currency: string): number | null {
  return digitsByCode.get(currency) ?? null;
}

export function isKnownCurrency(currency: string): boolean {
  return digitsByCode.has(currency);
}
