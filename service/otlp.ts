import {
  defaultTextMapGetter,
  defaultTextMapSetter,
  ROOT_CONTEXT,
  SpanKind,
  SpanStatusCode,
  trace,
} from '@opentelemetry/api';
import { setGlobalErrorHandler, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import {
  defaultResource,
  detectResources,
  resourceAttributesEnvDetector,
  resourceFromAttributes,
  serviceNameEnvDetector,
} from '@opentelemetry/resources';
import { BatchSpanProcessor, TracerProvider } from '@opentelemetry/sdk-trace';
import type { ServiceBase } from './service.ts';
import type { Trace, Tracer } from './trace.ts';

/**
 * Sends spans by OTLP/HTTP, as OTEL_EXPORTER_OTLP_…, OTEL_RESOURCE_ATTRIBUTES and OTEL_SERVICE_NAME say; their standard
 * is https://opentelemetry.io/docs/specs/otel/protocol/exporter/. At most 2048 wait to be sent; more are lost.
 */
export function createTracer({ name: service, settings, log }: ServiceBase): Tracer {
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT ??= settings.OTEL_EXPORTER_OTLP_ENDPOINT?.href; // it may stand in a file
  setGlobalErrorHandler(error => log.warn({ err: error }, 'spans were lost'));
  const own = resourceFromAttributes({
    'service.name': service,
    'service.version': settings.VERSION,
    'service.instance.id': settings.INSTANCE,
    ...(settings.NODE && { 'host.name': settings.NODE }),
  });
  const told = detectResources({ detectors: [resourceAttributesEnvDetector, serviceNameEnvDetector] });
  const provider = new TracerProvider({
    resource: defaultResource().merge(own).merge(told),
    spanProcessors: [new BatchSpanProcessor({ exporter: new OTLPTraceExporter() })],
  });
  const tracer = provider.getTracer('motorpool');
  const headers = new W3CTraceContextPropagator();

  return {
    begin(name, kind, parent, attributes) {
      const above = headers.extract(ROOT_CONTEXT, parent ?? {}, defaultTextMapGetter);
      const span = tracer.startSpan(name, { kind: SpanKind[kind], attributes }, above);
      const place: Trace = { traceparent: '' };
      headers.inject(trace.setSpan(above, span), place, defaultTextMapSetter);
      return {
        trace: place,
        end(facts, failure, finalName) {
          span.setAttributes(facts);
          if (failure) span.setStatus({ code: SpanStatusCode.ERROR, message: failure });
          if (finalName) span.updateName(finalName);
          span.end();
        },
      };
    },
    close: () => provider.shutdown().catch(error => log.warn({ err: error }, 'spans were lost')),
  };
}
