//! A metric of several series, as it is encoded.

use std::fmt;

use prometheus_client::encoding::{
    DescriptorEncoder, EncodeCounterValue, EncodeGaugeValue, EncodeLabelSet, MetricEncoder,
    NoLabelSet,
};
use prometheus_client::metrics::MetricType;

/// Encodes metrics one after the other.
pub(super) struct Families<'a>(DescriptorEncoder<'a>);

impl<'a> Families<'a> {
    pub(super) fn new(encoder: DescriptorEncoder<'a>) -> Self {
        Self(encoder)
    }

    /// A gauge of one series.
    pub(super) fn gauge(
        &mut self,
        name: &str,
        help: &str,
        value: &impl EncodeGaugeValue,
    ) -> fmt::Result {
        self.begin(name, help, MetricType::Gauge)?.encode_gauge(value)
    }

    /// A counter of one series, whose name is without its ending `_total`.
    pub(super) fn counter(
        &mut self,
        name: &str,
        help: &str,
        value: &impl EncodeCounterValue,
    ) -> fmt::Result {
        encode_counter(&mut self.begin(name, help, MetricType::Counter)?, value)
    }

    /// A counter of these series, each by its labels.
    pub(super) fn counters<L: EncodeLabelSet>(
        &mut self,
        name: &str,
        help: &str,
        series: impl IntoIterator<Item = (L, u64)>,
    ) -> fmt::Result {
        let mut family = self.begin(name, help, MetricType::Counter)?;
        for (labels, value) in series {
            encode_counter(&mut family.encode_family(&labels)?, &value)?;
        }
        Ok(())
    }

    /// A metric whose series the caller encodes.
    pub(super) fn begin<'s>(
        &'s mut self,
        name: &'s str,
        help: &str,
        kind: MetricType,
    ) -> Result<MetricEncoder<'s>, fmt::Error> {
        self.0.encode_descriptor(name, help, None, kind)
    }
}

fn encode_counter(series: &mut MetricEncoder<'_>, value: &impl EncodeCounterValue) -> fmt::Result {
    series.encode_counter::<NoLabelSet, _, u64>(value, None)
}
