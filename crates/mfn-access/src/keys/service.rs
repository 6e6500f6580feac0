//! Services, as keys are allowed to call them.

use std::fmt;

/// One of MFN's services.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Service {
    /// `mfn.MFNFeaturesService`
    Features,
    /// `mfn.MFNSimulationService`
    Simulation,
    /// `mfn.MFNValidationService`
    Validation,
}

impl Service {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Features, Self::Simulation, Self::Validation];

    /// As a key file names it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Features => "features",
            Self::Simulation => "simulation",
            Self::Validation => "validation",
        }
    }

    /// The service that a key file means by `name`.
    #[must_use]
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|service| service.name() == name)
    }

    /// The service that a full method path belongs to, as in
    /// `/mfn.MFNSimulationService/RunSimulation`.
    #[must_use]
    pub fn of_method(path: &str) -> Option<Self> {
        let (service, _method) = path.strip_prefix("/mfn.")?.split_once('/')?;
        match service {
            "MFNFeaturesService" => Some(Self::Features),
            "MFNSimulationService" => Some(Self::Simulation),
            "MFNValidationService" => Some(Self::Validation),
            _ => None,
        }
    }
}

/// Some of the services.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Services(u8);

impl Services {
    /// Every service.
    pub const ALL: Self = Self(0b111);

    /// Whether `service` is one of them.
    #[must_use]
    pub fn contains(self, service: Service) -> bool {
        self.0 & bit(service) != 0
    }
}

fn bit(service: Service) -> u8 {
    1 << service as u8
}

impl FromIterator<Service> for Services {
    fn from_iter<I: IntoIterator<Item = Service>>(services: I) -> Self {
        Self(services.into_iter().fold(0, |bits, service| bits | bit(service)))
    }
}

/// Their names, with commas; `none` if there are none.
impl fmt::Display for Services {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let those = Service::ALL.into_iter().filter(|service| self.contains(*service));
        let names: Vec<_> = those.map(Service::name).collect();
        f.write_str(if names.is_empty() { "none" } else { "" })?;
        f.write_str(&names.join(", "))
    }
}
